package main

import (
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestTotalsAreALineForEachEndpoint(t *testing.T) {
	var out strings.Builder
	printTotals(&out, dsr.Totals{
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
