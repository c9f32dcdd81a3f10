package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

// examples are the blobs that docs/format.md shows, by heading.
func examples() map[string]any {
	return map[string]any{
		"A part": &[]storedEntry{}, "A page of runs": &[]storedEntry{}, "`subject.json`": &dsr.Subject{},
		"`request.json`": &dsr.RequestRecord{}, "`plan.json`": &dsr.Plan{}, "A page record": &dsr.Page{}, "A receipt": &dsr.Receipt{}, "A hop": &dsr.Hop{},
		"`cancel.json`": &dsr.CancelRecord{}, "A manifest part": &dsr.ManifestPart{}, "`manifest.json`": &dsr.Manifest{}, "`manifest.sig`": &dsr.Signature{},
		"`retention.json`": &dsr.Retention{}, "`retry.json`": &dsr.Retry{}, "`extension.json`": &dsr.Extension{},
		"`deletion-plan.json`": &dsr.DeletionPlan{}, "A part of a deletion plan": &dsr.PlanPart{}, "`approval.json`": &dsr.Approval{}, "A decision": &dsr.Decision{}, "A hold": &dsr.Hold{},
		"The review of a copy": &dsr.CopyReview{}, "A place of a review": &dsr.ReviewPlace{}, "A decision of a review": &dsr.ReviewDecision{}, "The release of a copy": &dsr.CopyRelease{},
		"An event": &dsr.Event{}, "What came of a callback": &dsr.Told{},
		"The order of a copy": &dsr.CopyOrder{}, "The signature of a copy": &dsr.CopySignature{},
		"A step of a copy": &dsr.CopyStep{}, "The receipt of a copy": &dsr.CopyReceipt{}, "The end of a copy": &dsr.CopyEnd{},
		"`_looks/{requestId}~{attempt}/{16 digits}/{n}.json`": &dsr.Look{}, "`_open/…`": &dsr.OpenRecord{}, "`_poison/…`": &ledger.Poison{},
	}
}

// TestTheExamplesOfThePageAreTheRecordsOfTheCode decodes each example of the page into its
// record and encodes it again. No member may be unknown, and none may be missing.
func TestTheExamplesOfThePageAreTheRecordsOfTheCode(t *testing.T) {
	page := readText(t, "../../docs/format.md")
	shown := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)### ([^\n]+)\n\n(?:[^#]+?\n\n)?```json\n(.*?)```").FindAllStringSubmatch(page, -1) {
		shown[m[1]] = m[2]
	}

	for name, record := range examples() {
		text := []byte(shown[name])
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(record); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}

		if diff := cmp.Diff(members(t, again), members(t, text)); diff != "" {
			t.Errorf("%s: the members of the record and of the example (-record +example):\n%s", name, diff)
		}

		delete(shown, name)
	}

	for name := range shown {
		t.Errorf("the example of %s is not checked", name)
	}
}

// TestTheRequestsOfThePagesAreValid parses each request that a page shows as the worker
// does.
func TestTheRequestsOfThePagesAreValid(t *testing.T) {
	v, err := app.NewValidator()
	if err != nil {
		t.Fatal(err)
	}

	var shown []string
	for _, example := range []string{"request.json", "workspaces.json", "erase-one-person.json"} {
		shown = append(shown, readText(t, "../../docs/examples/"+example))
	}
	for _, page := range []string{"../../README.md", "../../docs/one-person.md", "../../docs/request.md"} {
		for _, block := range blocks(t, page, "json") {
			if strings.Contains(block, `"scope"`) {
				shown = append(shown, block)
			}
		}
	}

	if len(shown) != 6 {
		t.Errorf("%d requests are shown", len(shown))
	}

	for _, request := range shown {
		if _, err := v.Parse([]byte(request), time.Now()); err != nil {
			t.Errorf("%v:\n%s", err, request)
		}
	}
}

// members returns the structure of a JSON text, without its values.
func members(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return bare(v)
}

func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "document") // the upstream's own; sometimes there is none
		for k, x := range v {
			v[k] = bare(x)
		}
		return v

	case []any:
		for i, x := range v {
			v[i] = bare(x)
		}
		return v
	}
	return true
}
