package cli

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestTotalsAreALineForEachEndpoint(t *testing.T) {
	var out strings.Builder
	PrintTotals(Streams{Out: &out}, dsr.Totals{
		"E16": {Calls: 500, Documents: 490, Gone: 10, Repeated: 2},
		"E02": {},
		"E23": {Calls: 3, Documents: 2, Failed: 1, Bytes: 12},
		"X01": {Calls: 1},
	})

	want := "E02  models  calls=0  documents=0\n" +
		"E16  runs  calls=500  documents=490  gone=10  repeated=2\n" +
		"E23  artifacts  calls=3  documents=2  failed=1\n" +
		"X01  -  calls=1  documents=0\n"
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

// A user of one generation of the service does not want a hundred zeros of the other.
func TestTotalsAreOfTheGenerationsThatWereCalled(t *testing.T) {
	none, some := dsr.Counts{}, dsr.Counts{Calls: 1, Documents: 1}
	const (
		e03, d02   = "E03  models  calls=0  documents=0\n", "D02  models  calls=0  documents=0\n"
		w29, dw29  = "W29  ml-jobs  calls=0  documents=0\n", "DW29  ml-jobs  calls=0  documents=0\n"
		e16, w53   = "E16  runs  calls=1  documents=1\n", "W53  ml-runs  calls=1  documents=1\n"
		d02n, dw5n = "D02  models  calls=0  documents=0  failed=2\n", "DW05  ml-computes  calls=1  documents=1\n"
	)
	for name, tt := range map[string]struct {
		totals dsr.Totals
		want   string
	}{
		"the first":                          {dsr.Totals{"E03": none, "E16": some, "W29": none, "W53": none}, e03 + e16},
		"the second":                         {dsr.Totals{"E03": none, "E16": none, "W29": none, "W53": some}, w29 + w53},
		"both":                               {dsr.Totals{"E03": none, "E16": some, "W29": none, "W53": some}, e03 + e16 + w29 + w53},
		"none":                               {dsr.Totals{"E03": none, "W29": none}, e03},
		"deletions of the first":             {dsr.Totals{"D02": none, "DW29": none, "E03": none, "E16": some, "W29": none}, d02 + e03 + e16},
		"deletions of the second":            {dsr.Totals{"D02": none, "DW05": some, "DW29": none, "E03": none, "W29": none}, dw5n + dw29 + w29},
		"deletions of the second, read both": {dsr.Totals{"D02": none, "DW05": some, "DW29": none, "E16": some, "W53": some}, dw5n + dw29 + e16 + w53},
		"nothing deleted of both":            {dsr.Totals{"D02": none, "DW29": none, "E16": some, "W53": some}, d02 + dw29 + e16 + w53},
		"what failed without any call too":   {dsr.Totals{"D02": {Failed: 2}, "E03": none, "DW29": none}, d02n + e03},
	} {
		var out strings.Builder
		if PrintTotals(Streams{Out: &out}, tt.totals); out.String() != tt.want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", name, out.String(), tt.want)
		}
	}
}
