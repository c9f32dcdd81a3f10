package main

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/app"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// The published example of an erasure is the one that the demo sends, so that it works
// with `dsr local` as it stands.
func TestTheExampleOfAnErasureIsTheOneOfTheDemo(t *testing.T) {
	body := []byte(readText(t, "../../docs/examples/erase-one-person.json"))
	v, err := app.NewValidator()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Parse(body, time.Now()); err != nil {
		t.Fatal(err)
	}
	var got dsr.Request
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}

	if want := erasureOf("example-erasure", fakeAccount(1)); !reflect.DeepEqual(got, want) {
		t.Errorf("the example asks for\n%+v\nthe demo for\n%+v", got, want)
	}
}

func TestAnErasureIsComparedDocumentByDocument(t *testing.T) {
	const (
		space = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/shared"
		run   = "/history/v1.0" + space + "/runs/r?"
		data  = space + "/data/d/versions/1?api-version=1"
		point = space + "/onlineEndpoints/e?api-version=1"
		other = space + "/jobs/j?api-version=1"
		away  = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/shared2/jobs/j?api-version=1"
	)

	before := map[string]string{run: "her", data: "her", point: "her", other: "namesake", away: "her"}
	mentions := []dsr.Mention{
		{Endpoint: "W11", URL: "http://127.0.0.1:1" + data, Owner: dsr.OwnerPossible}, {Endpoint: "W33", URL: "http://127.0.0.1:1" + point},
	}
	for name, tt := range map[string]struct {
		gone     []string
		mentions []dsr.Mention
		want     []string
	}{
		"as it should be":            {[]string{run}, mentions, nil},
		"a run is left":              {nil, mentions, []string{run + " is the person's, is left, and is not listed"}},
		"a run is left, and listed":  {nil, append(mentions, dsr.Mention{Endpoint: "W53", URL: "http://127.0.0.1:1" + run}), []string{run + " is the person's by an id, and is left"}},
		"something is not listed":    {[]string{run}, mentions[:1], []string{point + " is the person's, is left, and is not listed"}},
		"a namesake's is gone":       {[]string{run, other}, mentions, []string{other + " is not the person's, and is gone"}},
		"hers elsewhere is gone too": {[]string{run, away}, mentions, []string{away + " is not the person's, and is gone"}},
	} {
		after := maps.Clone(before)
		for _, path := range tt.gone {
			delete(after, path)
		}

		e := erasure{space: space, subject: "her", mentions: tt.mentions}
		if got := e.compare(before, after); !slices.Equal(got, tt.want) {
			t.Errorf("%s: reported %q, want %q", name, got, tt.want)
		}
		if tt.want == nil && (e.gone != 1 || e.left != 2 || e.others != 2 || e.byOwner["namesake"] != 1 || e.byOwner["her"] != 0) {
			t.Errorf("%s: counted %+v", name, e)
		}
	}
}

func TestTheCertificateIsComparedWithTheDeletesServed(t *testing.T) {
	first, second, served := dsr.Totals{}, dsr.Totals{}, []fake.Served{
		{Endpoint: "DW29", Method: "DELETE", URL: "/run-1", Status: 202, Count: 2}, {Endpoint: "DW29", Method: "DELETE", URL: "/run-2", Status: 204, Count: 1},
		{Endpoint: "DW29", Method: "DELETE", URL: "/run-3", Status: 409, Count: 1}, {Endpoint: "CW29", Method: "POST", URL: "/run-1/cancel", Status: 202, Count: 1},
	}
	for _, id := range strings.Fields("D01 D02 D03 D04 D05 D06 D07 D08") {
		first[id] = dsr.Counts{Documents: 1}
		served = append(served, fake.Served{
			Endpoint: id,
			Method:   "DELETE",
			URL:      "/" + id,
			Status:   200,
			Count:    1,
		})
	}

	for _, id := range strings.Fields("DW11 DW15 DW19 DW23 DW27 DW68i DW73i DW05") {
		second[id] = dsr.Counts{Documents: 1}
		served = append(served, fake.Served{
			Endpoint: id,
			Method:   "DELETE",
			URL:      "/" + id,
			Status:   200,
			Count:    1,
		})
	}

	second["DW29"], second["DW53"] = dsr.Counts{Documents: 1}, dsr.Counts{Documents: 1} // a run goes by its job's URL

	for name, tt := range map[string]struct {
		of     azureml.Generation
		totals dsr.Totals
		want   []string
	}{
		"the first":                  {azureml.FirstGeneration, first, nil},
		"the second":                 {azureml.SecondGeneration, second, nil},
		"one more than was served":   {azureml.SecondGeneration, with(second, "DW53", 2), []string{"DW29  certified deleted=3  served deleted=2"}},
		"one that nobody can own":    {azureml.SecondGeneration, with(second, "DW33", 1), []string{"DW33  certified deleted=1  served deleted=0"}},
		"a row of the first missing": {azureml.FirstGeneration, with(first, "D08", 0), []string{"D08  certified deleted=0  served deleted=1"}},
	} {
		if got := compareDeleted(tt.totals, served, tt.of); !slices.Equal(got, tt.want) {
			t.Errorf("%s: reported %q, want %q", name, got, tt.want)
		}
	}

	nothing := slices.DeleteFunc(slices.Clone(served), func(s fake.Served) bool { return s.Endpoint == "DW05" })
	if got := compareDeleted(with(second, "DW05", 0), nothing, azureml.SecondGeneration); len(got) != 1 {
		t.Errorf("no compute of one person's was deleted, reported %q", got)
	}
}

// with returns totals of which one row has another count.
func with(totals dsr.Totals, row string, documents int64) dsr.Totals {
	out := maps.Clone(totals)
	out[row] = dsr.Counts{Documents: documents}
	return out
}
