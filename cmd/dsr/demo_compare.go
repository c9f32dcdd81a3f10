package main

import (
	"fmt"
	"net/http"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/internal/local/azureml"
)

func row(id string) (azureml.Endpoint, bool) {
	e, ok := azureml.Find(id)
	return e, ok && e.Type != ""
}

// compareServed compares a manifest's totals with the fake's own log: each
// distinct call that it answered counts once, however often it was sent. It
// gives a line for each endpoint that differs.
func compareServed(totals dsr.Totals, served []fake.Served) []string {
	type figures struct{ calls, documents int64 }
	want := map[string]figures{}
	for _, s := range served {
		if s.Status != http.StatusOK && s.Status != http.StatusNotFound {
			continue // a failure that was cured, or an answer of no row
		}
		f := want[s.Endpoint]
		f.calls++
		if s.Status == http.StatusOK {
			f.documents++
		}
		want[s.Endpoint] = f
	}
	var lines []string
	for _, e := range azureml.Catalogue() {
		id := e.ID
		if e.Same != "" {
			id = e.Same
		}
		got, served := figures{totals[e.ID].Calls, totals[e.ID].Documents}, want[id]
		if got != served {
			lines = append(lines, fmt.Sprintf("%s  exported calls=%d documents=%d  served calls=%d documents=%d",
				e.ID, got.calls, got.documents, served.calls, served.documents))
		}
	}
	return lines
}
