package azureml

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"azureml-dsr/internal/upstream/upstreamtest"
	"azureml-dsr/internal/version"
)

func TestEveryCallSaysWhichVersionAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var agent string
		c := wireClient(t, func(w http.ResponseWriter, r *http.Request) {
			agent = r.UserAgent()
			_, _ = w.Write([]byte(`{}`))
		})

		answer, err := c.Get(t.Context(), callOf(t, "E16"))
		if err != nil {
			t.Fatal(err)
		}

		upstreamtest.ReadAll(t, answer.Body)

		if !strings.Contains(agent, "azureml-dsr/v"+version.Current().Version) {
			t.Errorf("the User-Agent is %q", agent)
		}
	})
}
