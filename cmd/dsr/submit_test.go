package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

// sent keeps what is sent.
type sent struct {
	queue    string
	messages []dsr.Message
}

func (s *sent) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	s.queue, s.messages = queue, append(s.messages, messages...)
	return nil
}

const goodRequest = `{"schemaVersion": "1.0", "id": "req-7", "kind": "export", "scope": [{"subscriptionId": "s"}]}`

func TestSubmitSendsTheRequestAsItStandsAndPrintsItsID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "request.json")
	if err := os.WriteFile(file, []byte(goodRequest), privateFile); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{file, "-"} {
		a, out, _ := testApp(t, nil)
		a.In = strings.NewReader(goodRequest)
		m, err := readRequest(a, from)
		if err != nil {
			t.Fatal(err)
		}
		var to sent
		if err := sendRequest(t.Context(), a, &to, m); err != nil {
			t.Fatal(err)
		}
		if to.queue != dsr.QueueRequests || len(to.messages) != 1 || to.messages[0].ID != "req-7" || string(to.messages[0].Body) != goodRequest {
			t.Errorf("%s: sent %+v to %s", from, to.messages, to.queue)
		}
		if out.String() != "req-7\n" {
			t.Errorf("%s: printed %q", from, out)
		}
	}
}

func TestSubmitRefusesWhatTheWorkerWouldRefuse(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"a request without a scope":     {`{"schemaVersion": "1.0", "id": "req-7", "kind": "export"}`, "missing scope"},
		"two faults at once":            {`{"schemaVersion": "1.0", "id": "", "kind": "import", "scope": [{"subscriptionId": "s"}]}`, "/kind: want one of"},
		"a member that no request has":  {`{"schemaVersion": "1.0", "id": "req-7", "kind": "export", "scope": [{"subscriptionId": "s"}], "x": 1}`, "no request has"},
		"a resource type that is not":   {strings.Replace(goodRequest, `"kind"`, `"resourceTypes": ["walks"], "kind"`, 1), "/resourceTypes/0"},
		"what is not JSON":              {"x", "not JSON"},
		"what is longer than a message": {strings.Repeat(" ", maxRequest+1), "longer than"},
	} {
		t.Run(name, func(t *testing.T) {
			a, out, _ := testApp(t, nil)
			a.In, a.now = strings.NewReader(c.body), func() time.Time { return storedTime }
			_, err := readRequest(a, "-")
			if exitCode(err) != exitUsage || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
				t.Errorf("got %v, printed %q; want %q", err, out, c.want)
			}
		})
	}
	a, _, _ := testApp(t, nil)
	if _, err := readRequest(a, filepath.Join(t.TempDir(), "none.json")); exitCode(err) != exitUsage {
		t.Errorf("a file that isn't there: %v", err)
	}
}
