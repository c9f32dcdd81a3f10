package export

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

const (
	loss     = `{"namespace":null,"name":"loss"}`
	accuracy = `{"namespace":null,"name":"accuracy"}`
	metrics  = `{"value":[{"metricKey":` + loss + `},{"metricKey":` + accuracy + `}],"continuationToken":null}`
)

func valuesOf(next string) string {
	return `{"name":"x", "value":[{"step":1,"by":"oid-anna"}],"continuationToken":` + next + `}`
}

// metricsOf works one run's metrics and returns the entries of the part, by item.
func metricsOf(t *testing.T, u *upstream, kind string) map[string][]stored {
	t.Helper()
	w, b := workerOf(u)
	job := jobOf("ml-run-metrics")
	job.Kind = kind
	if err := w.Work(t.Context(), job, []string{"run"}); err != nil {
		t.Fatal(err)
	}
	out := map[string][]stored{}
	for _, e := range partOf(t, b, job.Task.PartBlob(job.Target)) {
		out[e.Item] = append(out[e.Item], e)
	}
	return out
}

func TestAnEntryIsReadPageByPage(t *testing.T) {
	want := []string{valuesOf(`"1"`), valuesOf(`"2"`), valuesOf(`null`)}
	for _, kind := range []string{dsr.KindExport, dsr.KindExportThenDelete, dsr.KindDelete} {
		u := &upstream{answers: map[string]string{
			"W56 run": metrics, "W57 run " + accuracy: valuesOf("null"),
			"W57 run " + loss: want[0], "W57 run " + loss + " token:1": want[1], "W57 run " + loss + " token:2": want[2],
		}}

		entries := metricsOf(t, u, kind)
		if len(entries["run"]) != 1 || len(entries["run/"+accuracy]) != 1 {
			t.Errorf("%s: got %v", kind, entries)
		}

		var documents []string
		for _, e := range entries["run/"+loss] {
			documents = append(documents, string(e.Document))
			if e.Endpoint != "W57" || e.Status != http.StatusOK || e.SubjectMatches != 1 || e.Error != nil {
				t.Errorf("%s: got %+v", kind, e.Entry)
			}
			if (e.Inventory != nil) != (kind != dsr.KindExport) {
				t.Errorf("%s: inventory %v", kind, e.Inventory)
			}
		}

		if kind == dsr.KindDelete {
			want = []string{"null", "null", "null"}
		}
		if !slices.Equal(documents, want) {
			t.Errorf("%s: stored %q", kind, documents)
		}
	}
}

// An entry that can't be read to its end says so; the others go on.
func TestAPagedEntryThatIsRefusedStopsNoOther(t *testing.T) {
	const second = "W57 run " + loss + " token:1"
	n := 0
	tests := []struct {
		name   string
		answer string // to the second page
		err    error
		other  func(azureml.Call) (string, error)
		code   string // "" where the entry is gone
		pages  int    // that were kept
	}{
		{"a page that names itself", valuesOf(`"1"`), nil, nil, dsr.ReasonMalformedAnswer, 2},
		{"a ring of two pages", valuesOf(`"2"`), nil, func(call azureml.Call) (string, error) {
			return map[string]string{"token:2": valuesOf(`"1"`)}[call.Cursor], nil
		}, dsr.ReasonMalformedAnswer, 4},
		{"pages without end", valuesOf(`"0"`), nil, func(azureml.Call) (string, error) {
			n++
			return valuesOf(fmt.Sprintf("%q", fmt.Sprint("x", n))), nil
		}, dsr.ReasonMalformedAnswer, maxPages},
		{"a page that is too long", tooLong(), nil, nil, dsr.ReasonMalformedAnswer, 1},
		{"a page that is no JSON", `<html>`, nil, nil, dsr.ReasonMalformedAnswer, 1},
		{"a token that is a number", `{"continuationToken":1}`, nil, nil, dsr.ReasonMalformedAnswer, 1},
		{"forbidden", "", refused(http.StatusForbidden, dsr.ReasonForbidden), nil, dsr.ReasonForbidden, 1},
		{"gone", "", refused(http.StatusNotFound, dsr.ReasonTargetNotFound), nil, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := &upstream{
				answers: map[string]string{"W56 run": metrics, "W57 run " + accuracy: valuesOf("null"), "W57 run " + loss: valuesOf(`"1"`), second: tt.answer},
				errors:  map[string]error{second: tt.err}, other: tt.other,
			}
			if tt.err != nil {
				delete(u.answers, second)
			}

			entries := metricsOf(t, u, dsr.KindExport)
			if got := entries["run/"+accuracy]; len(got) != 1 || got[0].Error != nil {
				t.Errorf("the other entry: %v", got)
			}

			got := entries["run/"+loss]
			if len(got) != tt.pages+1 {
				t.Fatalf("%d entries, want %d pages and what refused the next", len(got), tt.pages)
			}

			last := got[tt.pages]

			if tt.code == "" {
				if last.Error != nil || last.Status != http.StatusNotFound {
					t.Errorf("got %+v", last.Entry)
				}
			} else if last.Error == nil || last.Error.Code != tt.code {
				t.Errorf("got %+v, want %s", last.Error, tt.code)
			}

			if string(last.Document) != "null" {
				t.Errorf("it has the document %s", last.Document)
			}
		})
	}
}

func TestAPagedEntryThatMustWaitStopsTheTask(t *testing.T) {
	u := &upstream{
		answers: map[string]string{"W56 run": metrics, "W57 run " + accuracy: valuesOf("null"), "W57 run " + loss: valuesOf(`"1"`)},
		errors:  map[string]error{"W57 run " + loss + " token:1": dsr.Errorf(dsr.Throttled, dsr.ReasonThrottled, "later")},
	}
	w, b := workerOf(u)
	err := w.Work(t.Context(), jobOf("ml-run-metrics"), []string{"run"})
	wantRefused(t, err, dsr.Throttled, dsr.ReasonThrottled, b)
}
