package operator

import (
	"net/http/httptest"
	"strings"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/config"
	"azureml-dsr/test/emulator/fakegraph"
)

func TestTheDoctorTriesTheDirectory(t *testing.T) {
	for name, c := range map[string]struct {
		off           bool
		fault         *fakegraph.Fault
		ok            bool
		detail, wants string
	}{
		"it may be read":       {ok: true, detail: "people may be looked up"},
		"it is refused":        {fault: &fakegraph.Fault{Status: 403, Code: "Authorization_RequestDenied"}, detail: "refused", wants: "User.Read.All"},
		"the token is refused": {fault: &fakegraph.Fault{Status: 401, Code: "InvalidAuthenticationToken"}, detail: "token was refused", wants: "AZURE_CLOUD"},
		"it is another thing":  {fault: &fakegraph.Fault{Status: 404, Code: "secret"}, detail: "no answer, or none", wants: "GRAPH_ENDPOINT"},
		"it misunderstands":    {fault: &fakegraph.Fault{Status: 400, Code: "BadRequest"}, detail: "unexpected", wants: "GRAPH_ENDPOINT"},
		"nobody is looked up":  {off: true},
	} {
		t.Run(name, func(t *testing.T) {
			fake := fakegraph.New(fakegraph.Options{Token: "t"})
			fake.SetFault(c.fault)
			server := httptest.NewServer(fake)
			defer server.Close()

			d := newDoctor(DoctorOptions{})
			d.settings.Token = "t"
			d.settings.Cloud, _ = azureml.CloudByName("")
			d.settings.Directory = config.Directory{Lookup: !c.off, Endpoint: server.URL}
			d.checkDirectory(t.Context())
			if c.off {
				if len(d.findings) > 0 {
					t.Errorf("found %+v", d.findings)
				}
				return
			}
			f := onlyFinding(t, d)
			if f.OK != c.ok || !strings.Contains(f.Detail, c.detail) || !strings.Contains(f.Remedy, c.wants) || strings.Contains(f.Detail+f.Remedy, "secret") {
				t.Errorf("found %+v", f)
			}
		})
	}
}
