package simulation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/dsr"
)

// outcome is what an attempt has come to, without times: two runs of the same
// request must have equal ones.
type outcome struct {
	Status    dsr.Status
	Totals    dsr.Totals
	Failures  []string
	Receipts  []string // name and outcome
	Documents []string // endpoint, item, url, status and bytes
}

func readBlob(t testing.TB, b archive.Backend, name string) []byte {
	t.Helper()
	r, _, err := b.Open(context.Background(), name, 0)
	if err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	defer r.Close()
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	return body
}

func decode[T any](t testing.TB, body []byte) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

type storedEntry struct {
	Endpoint, Item, URL string
	Status              int
	Document            json.RawMessage
	Content             *dsr.Content
	Error               *dsr.ItemError
	SubNode             string
}

func (sim *simulation) outcome() outcome { return sim.outcomeOf(attempt1) }

func (sim *simulation) outcomeOf(a dsr.Attempt) outcome {
	sim.t.Helper()
	m := sim.manifestOf(a)
	out := outcome{Status: m.Status, Totals: m.Totals}
	for _, f := range m.Failures {
		out.Failures = append(out.Failures, fmt.Sprint(f.Endpoint, f.Item, f.Reason))
	}

	for _, p := range m.Parts {
		part := decode[dsr.ManifestPart](sim.t, readBlob(sim.t, sim.audit, a.Prefix()+p.Name))
		for _, r := range part.Receipts {
			out.Receipts = append(out.Receipts, r.Name+" "+string(r.Outcome))
			for _, ref := range r.Parts {
				out.Documents = append(out.Documents, sim.documents(a, ref.Name)...)
			}
		}
	}

	slices.Sort(out.Documents)
	slices.Sort(out.Failures)

	return out
}

func (sim *simulation) documents(a dsr.Attempt, part string) []string {
	var out []string
	for _, e := range decode[[]storedEntry](sim.t, readBlob(sim.t, sim.exports, a.Prefix()+part)) {
		line := fmt.Sprintf("%s %s %s %d %s %s", e.Endpoint, e.Item, e.URL, e.Status, e.SubNode, e.Document)
		if e.Content != nil {
			line += " " + e.Content.SHA256
		}
		if e.Error != nil {
			line += " " + e.Error.Code
		}
		out = append(out, line)
	}
	return out
}
