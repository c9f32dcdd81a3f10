package azureml

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"
)

func TestCursorsLeadToTheNextPage(t *testing.T) {
	const (
		exp  = "https://eastus2.experiments.azureml.net"
		runs = "/history/v1.0/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningExperimentation/accounts/acc/workspaces/ws/projects/pr/runs"
		arm  = "https://management.azure.com"
		ws   = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningExperimentation/accounts/acc/workspaces"
	)

	tests := []struct{ name, row, cursor, want string }{
		{"an absolute link", "E14", exp + runs + "?continuationToken=abc", exp + runs + "?continuationToken=abc"},
		{"a link with the default port and capitals in the host", "E14", "HTTPS://EASTUS2.experiments.azureml.net:443" + runs + "?x=1", exp + runs + "?x=1"},
		{"a link relative to the host", "E14", runs + "?x=1", exp + runs + "?x=1"},
		{"a link that is only a query", "E14", "?x=1", exp + runs + "?x=1"},
		{"a link relative to the folder", "E14", "runs?x=1", exp + runs + "?x=1"},
		{"a link that climbs and comes back", "E14", "../pr/runs?x=1", exp + runs + "?x=1"},
		{"a link without its scheme", "E14", "//eastus2.experiments.azureml.net" + runs + "?x=1", exp + runs + "?x=1"},
		{"a link that is escaped differently", "E14", strings.Replace(exp+runs, "/pr/", "/p%72/", 1) + "?x=1", exp + runs + "?x=1"},
		{"a link with blanks and Unicode in its query", "E14", exp + runs + "?x=a b&y=ü%20", exp + runs + "?x=a%20b&y=%C3%BC%20"},
		{"a link of ARM in other letters", "WS", arm + strings.ToUpper(ws) + "?api-version=1&$skiptoken=x", arm + ws + "?api-version=1&$skiptoken=x"},
		{"a continuation token", "E14", "token:a b/+=&c", exp + runs + "?continuationToken=a+b%2F%2B%3D%26c"},
		{"a continuation token that looks like a link", "E14", "token:https://evil.example.com/", exp + runs + "?continuationToken=https%3A%2F%2Fevil.example.com%2F"},
		{"a continuation token beside an api-version", "WS", "token:x", arm + ws + "?api-version=2017-05-01-preview&continuationToken=x"},
	}

	c := newClient(t, upstreamtest.Answers(200))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			call := callOf(t, tt.row)
			call.Cursor = tt.cursor
			if got, err := c.URL(call); err != nil || got != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestForeignLinksAreNeverCalled(t *testing.T) {
	const (
		host = "https://eastus2.experiments.azureml.net"
		runs = "/history/v1.0/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningExperimentation/accounts/acc/workspaces/ws/projects/pr/runs"
	)

	tests := map[string]string{
		"another host":                          "https://evil.example.com" + runs,
		"another region":                        "https://westus.experiments.azureml.net" + runs,
		"another plane":                         "https://management.azure.com" + runs,
		"a host that begins like ours":          host + ".evil.example.com" + runs,
		"our host as a user":                    host + "@evil.example.com" + runs,
		"a user before our host":                "https://anna@eastus2.experiments.azureml.net" + runs,
		"plain http":                            "http://eastus2.experiments.azureml.net" + runs,
		"another port":                          "https://eastus2.experiments.azureml.net:8443" + runs,
		"another scheme":                        "file:///etc/passwd",
		"an opaque link":                        "https:eastus2.experiments.azureml.net" + runs,
		"a host without its scheme":             "//evil.example.com" + runs,
		"a backslash":                           `https:\\evil.example.com` + runs,
		"a backslash behind our host":           host + `\@evil.example.com` + runs,
		"a fragment":                            host + runs + "#x",
		"a line end":                            host + runs + "\r\nHost: evil",
		"another path":                          host + "/history/v1.0/other",
		"a path below ours":                     host + runs + "/run-1",
		"another project":                       strings.Replace(host+runs, "/pr/", "/other/", 1),
		"other letters outside ARM":             host + strings.Replace(runs, "/pr/", "/PR/", 1),
		"an escaped slash for a plain one":      host + strings.Replace(runs, "/pr/runs", "/pr%2Fruns", 1),
		"a climb out of ours":                   host + runs + "/../../x",
		"a relative climb":                      "../../../x",
		"a broken escape":                       host + "/%zz",
		"a name that is no link":                "abc",
		"a host with a dot at its end":          "https://eastus2.experiments.azureml.net." + runs,
		"a host with letters that only look so": "https://eаstus2.experiments.azureml.net" + runs,
	}
	for name, cursor := range tests {
		t.Run(name, func(t *testing.T) {
			transport, cred := upstreamtest.Answers(200), newCredential()
			c := newClient(t, transport, func(o *Options) { o.Credential = cred })
			call := callOf(t, "E14")
			call.Cursor = cursor
			_, err := c.Get(t.Context(), call)
			upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)

			if len(transport.Requests()) != 0 || cred.Calls() != 0 {
				t.Errorf("%d requests left and %d tokens were asked for", len(transport.Requests()), cred.Calls())
			}
		})
	}
}
