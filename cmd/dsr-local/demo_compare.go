package main

import (
	"cmp"
	"fmt"
	"net/http"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// row returns the row of the catalogue that reads a resource type; false for other ids.
func row(id string) (azureml.Operation, bool) {
	e, ok := azureml.Find(id)
	return e, ok && e.Type != ""
}

// neverServed is the fake's id for routes that return secrets or delete everything.
const neverServed = "NEVER"

// compareServed compares a manifest's totals with the fake's own log. Each distinct call
// that the fake answered, by URL and body, counts once, however often it was sent. It
// returns a line for each endpoint that differs, and for each forbidden call.
func compareServed(totals dsr.Totals, served []fake.Served) []string {
	type figures struct{ calls, documents int64 }
	want := map[string]figures{}
	for _, s := range served {
		if s.Status != http.StatusOK && s.Status != http.StatusNotFound {
			continue // neither a document nor its absence
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

		got, logged := figures{totals[e.ID].Calls, totals[e.ID].Documents}, want[id]
		if got != logged {
			lines = append(lines, fmt.Sprintf("%s  exported calls=%d documents=%d  served calls=%d documents=%d",
				e.ID, got.calls, got.documents, logged.calls, logged.documents))
		}
	}

	return append(lines, forbidden(served)...)
}

// forbidden returns a line for each call that must not be made, whatever its answer was.
func forbidden(served []fake.Served) []string {
	var lines []string
	for _, s := range served {
		if s.Endpoint == neverServed {
			lines = append(lines, fmt.Sprintf("%s %s must not be called", s.Method, s.URL))
		}
	}
	return lines
}

// compareDeleted compares totals with the DELETEs that the fake carried out in one
// generation of the service. In the first, each row must have deleted something. In the
// second, each row whose things may be one person's must, except those that a run's deletion
// removes with it.
func compareDeleted(totals dsr.Totals, served []fake.Served, of azureml.Generation) []string {
	want, got, must := map[string]int64{}, map[string]int64{}, map[string]bool{}
	var order []string

	for _, s := range served {
		if s.Method == http.MethodDelete && s.Status < http.StatusMultipleChoices {
			want[s.Endpoint]++
		}
	}

	for _, row := range azureml.DeleteOperations() {
		if azureml.GenerationOf(row.ID) != of {
			continue
		}

		id := cmp.Or(sharesURL(row), row.ID)
		if _, seen := got[id]; !seen {
			order = append(order, id)
		}

		got[id] += totals[row.ID].Documents
		must[id] = must[id] || of == azureml.FirstGeneration || (row.Personal && row.ItemsOf == "")
	}

	var lines []string
	for _, id := range order {
		if got[id] != want[id] || (must[id] && got[id] == 0) {
			lines = append(lines, fmt.Sprintf("%s  certified deleted=%d  served deleted=%d", id, got[id], want[id]))
		}
	}

	return append(lines, forbidden(served)...)
}

// sharesURL returns the row under which the fake logs a DELETE that is sent to another
// row's URL; "" where the URL is the row's own.
func sharesURL(row azureml.DeleteOperation) string {
	if row.By == "" {
		return ""
	}
	return "D" + row.By
}
