package azureml

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/upstream/upstreamtest"

	"github.com/google/go-cmp/cmp"
)

// Each kind of list has a cursor of its own kind.
func TestWhereAListGoesOn(t *testing.T) {
	const both = `{"value":[],"continuationToken":"t","nextLink":"https://x/y"}`
	tests := []struct{ name, row, text, want string }{
		{"ARM follows a link", "W08", both, "https://x/y"},
		{"ARM takes a token, too", "W08", `{"value":[],"continuationToken":"t"}`, "token:t"},
		{"a list by POST", "W50", both, "token:t"},
		{"a list by POST with a link alone ends", "W50", `{"value":[],"continuationToken":null,"nextLink":"https://x/y"}`, ""},
		{"a list of metrics by POST", "W56", both, "token:t"},
		{"the model registry's own parameter", "W62", both, "token:t"},
		{"the model registry with a link alone", "W62", `{"value":[],"continuationToken":null,"nextLink":"https://x/y"}`, "https://x/y"},
		{"children", "W54", both, "token:t"},
		{"artifacts follow a link", "W59", both, "https://x/y"},
	}
	for _, tt := range tests {
		got, err := ReadListing(strings.NewReader(tt.text), row(t, tt.row))
		if err != nil || got.Next != tt.want {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got.Next, err, tt.want)
		}
	}
}

func TestATokenTravelsInItsRowsParameter(t *testing.T) {
	tests := []struct {
		row  string
		want url.Values
	}{
		{"W54", url.Values{"$top": {"100"}, "$continuationtoken": {"a b/+=&$"}}},
		{"W58", url.Values{"continuationToken": {"a b/+=&$"}}},
		{"W62", url.Values{"listViewType": {"All"}, "$skipToken": {"a b/+=&$"}}},
		{"W63", url.Values{"$skipToken": {"a b/+=&$"}}},
		{"W64", url.Values{"continuationToken": {"a b/+=&$"}}},
	}

	c := newClient(t, upstreamtest.Answers(200))
	for _, tt := range tests {
		call := callOf(t, tt.row)
		call.Cursor = "token:a b/+=&$"
		text, err := c.URL(call)
		if err != nil {
			t.Fatal(err)
		}

		u, _ := url.Parse(text)
		got, err := url.ParseQuery(u.RawQuery)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tt.row, err, diff)
		}
	}
}

func TestALinkOfARMKeepsItsSkip(t *testing.T) {
	const list = "https://management.azure.com/subscriptions/sub/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws/jobs"
	c := newClient(t, upstreamtest.Answers(200))
	call := callOf(t, "W28")
	for _, query := range []string{"?api-version=2026-09-01&$skip=eyJhIjoxfQ==&listViewType=All", "?$skip=%7B%22a%22%3A1%7D"} {
		call.Cursor = strings.Replace(list, "resourceGroups", "resourcegroups", 1) + query
		if got, err := c.URL(call); err != nil || got != list+query {
			t.Errorf("got %s, %v", got, err)
		}
	}
	call.Cursor = strings.Replace(list, "/jobs", "/schedules", 1) + "?$skip=1"
	_, err := c.URL(call)
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonForeignLink)
}

func TestAnElementNamedByAnObject(t *testing.T) {
	const page = `{"value":[{"metricKey": {"namespace" : null, "name":"los\u0073", "labels":[ 1 ]},"columns":{}},{"metricKey":{"name":"b"}}],"continuationToken":"t"}`
	want := Listing{Items: []string{`{"namespace":null,"name":"los\u0073","labels":[1]}`, `{"name":"b"}`}, Next: "token:t"}
	bothWays(t, page, func(r io.Reader) {
		got, err := ReadListing(r, row(t, "W56"))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	})

	for name, text := range map[string]string{
		"a member twice":         `[{"metricKey":{"name":"anna","name":"b"}}]`,
		"a member twice inside":  `[{"metricKey":{"name":"anna","x":{"a":1,"a":2}}}]`,
		"broken text":            "[{\"metricKey\":{\"name\":\"anna\xff\"}}]",
		"half a surrogate":       `[{"metricKey":{"name":"\ud800"}}]`,
		"an object that breaks":  `[{"metricKey":{"name":"anna"`,
		"an array":               `[{"metricKey":["anna"]}]`,
		"null":                   `[{"metricKey":null}]`,
		"no key":                 `[{"name":"anna"}]`,
		"an object past a bound": `[{"metricKey":{"name":"` + strings.Repeat("a", maxNameObject) + `"}}]`,
	} {
		bothWays(t, text, func(r io.Reader) {
			got, err := ReadListing(r, row(t, "W56"))
			e := upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
			if got.Items != nil || strings.Contains(errors.Unwrap(e).Error(), "anna") {
				t.Errorf("%s: got %v, %v", name, got.Items, errors.Unwrap(e))
			}
		})
	}

	_, err := ReadListing(strings.NewReader(`{"value":[{"name":{"a":"b/c"}}]}`), row(t, "W08"))
	upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer)
}

func TestReadCursor(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"values of a metric", `{"dataContainerId":"dcid.x","name":"loss","value":[{"step":1}],"continuationToken":"t","nextLink":"l"}`, "token:t"},
		{"the last page", `{"value":[],"continuationToken":null,"nextLink":null}`, ""},
		{"without a value", `{"continuationToken":"t"}`, "token:t"},
		{"a value that is no list", `{"value":{"continuationToken":"no"},"continuationToken":"t"}`, "token:t"},
		{"a bare array", `[1,{"continuationToken":"no"}]`, ""},
		{"a link alone", `{"value":[],"nextLink":"l"}`, ""},
	}
	for _, tt := range tests {
		bothWays(t, tt.text, func(r io.Reader) {
			if got, err := ReadCursor(r, row(t, "W57")); err != nil || got != tt.want {
				t.Errorf("%s: got %q, %v, want %q", tt.name, got, err, tt.want)
			}
		})
	}

	for _, text := range []string{``, `"anna"`, `{"continuationToken":1}`, `{"continuationToken":"anna`, `{} {}`, "{\"continuationToken\":\"anna\xff\"}"} {
		got, err := ReadCursor(strings.NewReader(text), row(t, "W57"))
		if upstreamtest.WantError(t, err, dsr.Permanent, dsr.ReasonMalformedAnswer); got != "" {
			t.Errorf("%s: got %q beside the error", text, got)
		}
	}

	broken := dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "broke off")
	_, err := ReadCursor(io.MultiReader(strings.NewReader(`{"value":[`), iotest.ErrReader(broken)), row(t, "W57"))
	if dsr.ClassOf(err) != dsr.Transient {
		t.Errorf("a page that broke off: %v", err)
	}
}
