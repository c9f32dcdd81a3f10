package simulation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/test/emulator/fakeml"
)

// siftedEntry is an entry of a part with what it says of the subject.
type siftedEntry struct {
	storedEntry
	SubjectMatches, PossibleMatches, Left int
}

func (e siftedEntry) concerns() bool { return e.SubjectMatches+e.PossibleMatches > 0 }

// siftedOf returns what an attempt has stored, by endpoint, item and URL.
func (sim *simulation) siftedOf(a dsr.Attempt) map[string]siftedEntry {
	sim.t.Helper()
	out := map[string]siftedEntry{}
	for _, p := range sim.manifestOf(a).Parts {
		part := decode[dsr.ManifestPart](sim.t, readBlob(sim.t, sim.audit, a.Prefix()+p.Name))
		for _, r := range part.Receipts {
			for _, ref := range r.Parts {
				for _, e := range decode[[]siftedEntry](sim.t, readBlob(sim.t, sim.exports, a.Prefix()+ref.Name)) {
					if string(e.Document) == "null" {
						e.Document = nil
					}
					key := e.Endpoint + " " + e.Item + " " + e.URL
					for n := 2; out[key].Endpoint != ""; n++ { // a page that is asked for by POST
						key = fmt.Sprintf("%s %s %s page %d", e.Endpoint, e.Item, e.URL, n)
					}
					out[key] = e
				}
			}
		}
	}
	return out
}

// ofTheSubject returns a request for only what is the subject's.
func ofTheSubject(request string) string {
	return strings.Replace(request, `"kind":"export",`, `"kind":"export","what":"subject",`, 1)
}

// exported runs a request and returns what it has stored, and its manifest.
func exported(t *testing.T, account fake.Account, request string) (entries map[string]siftedEntry, m dsr.Manifest) {
	t.Helper()
	simulateAccount(t, account, 3, func(t *testing.T, sim *simulation) {
		sim.submit(request)
		sim.run(2 * time.Hour)
		if entries, m = sim.siftedOf(attempt1), sim.manifest(); m.Status != dsr.StatusSucceeded {
			t.Errorf("status %s: %v", m.Status, m.Failures)
		}
		sim.checkEvidence(attempt1)
	})
	return entries, m
}

// TestAnExportOfTheSubjectKeepsWhatIsTheirsOrNamesThem holds an export of the subject's
// against one of everybody's.
func TestAnExportOfTheSubjectKeepsWhatIsTheirsOrNamesThem(t *testing.T) {
	for name, tt := range map[string]struct {
		account fake.Account
		request string
	}{
		"first generation": {smallAccount(), exportRequest},
		"today's":          {mlAccount(), mlRequest()},
	} {
		t.Run(name, func(t *testing.T) {
			whole, _ := exported(t, tt.account, tt.request)
			kept, m := exported(t, tt.account, ofTheSubject(tt.request))
			if len(kept) != len(whole) {
				t.Errorf("%d answers were looked through, of %d", len(kept), len(whole))
			}

			kin := kinOf(whole)
			documents, left := 0, int64(0)
			for key, w := range whole {
				k, ok := kept[key]
				if !ok {
					t.Errorf("%s was not looked through", key)
					continue
				}
				left += int64(k.Left)
				if k.Document != nil {
					documents++
				}
				checkKept(t, key, w, k, w.concerns() || kin(w))
			}

			counted := int64(0)
			for _, c := range m.Totals {
				counted += c.Left
			}
			counted -= m.Totals["E24"].Left // repeats E19
			if m.What != dsr.WhatSubject || counted != left || left == 0 || documents == 0 {
				t.Errorf("the manifest counts %d left of %d, of %q; %d documents are kept", counted, left, m.What, documents)
			}
		})
	}
}

// kinOf returns whether an entry hangs on an item that concerns the subject.
func kinOf(whole map[string]siftedEntry) func(siftedEntry) bool {
	concerns := map[string]bool{} // by the row that reads the item, and the item
	for _, e := range whole {
		concerns[e.Endpoint+" "+e.Item] = e.concerns()
	}
	return func(e siftedEntry) bool {
		row, _ := azureml.Find(e.Endpoint)
		r, _ := azureml.ResourceOf(row.Type)
		if r.OfSubject != "" {
			return true
		}
		on, _ := azureml.ResourceOf(r.Follows)
		if r.Follows == "" || on.Item == nil || len(row.Owners) > 0 {
			return false
		}
		for item := e.Item; item != ""; item, _, _ = cutLast(item) {
			if c, ok := concerns[on.Item.ID+" "+item]; ok {
				return c
			}
		}
		return false
	}
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// checkKept checks what is kept of an answer that is there as a whole.
func checkKept(t *testing.T, key string, whole, kept siftedEntry, wanted bool) {
	t.Helper()
	row, _ := azureml.Find(whole.Endpoint)
	isPage := row.IsList() || row.Paged || row.Shape == azureml.Children
	switch {
	case whole.Document == nil:
	case isPage:
		checkPage(t, key, row, whole, kept)
	case wanted && (string(kept.Document) != string(whole.Document) || kept.Left != 0):
		t.Errorf("%s is the subject's and kept as %s, left %d", key, kept.Document, kept.Left)
	case !wanted && (kept.Document != nil || kept.Left != 1 || kept.Content != nil):
		t.Errorf("%s is not the subject's and kept as %s, left %d, content %v", key, kept.Document, kept.Left, kept.Content)
	}
}

// checkPage checks that a page has all elements, and of those that were left out the name
// alone.
func checkPage(t *testing.T, key string, row azureml.Operation, whole, kept siftedEntry) {
	t.Helper()
	before, after := elementsOf(t, whole.Document), elementsOf(t, kept.Document)
	if len(before) != len(after) {
		t.Errorf("%s has %d elements, and %d are kept", key, len(before), len(after))
		return
	}
	left := 0
	for i := range before {
		if string(before[i]) == string(after[i]) {
			continue
		}
		left++
		var members map[string]json.RawMessage
		if err := json.Unmarshal(after[i], &members); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		delete(members, row.Key)
		if len(members) > 0 || strings.Contains(string(before[i]), "11111111-2222-3333-4444-555555555555") {
			t.Errorf("%s: %s is kept of %s", key, after[i], before[i])
		}
	}
	if left > kept.Left { // an element with nothing but its name is left out unchanged
		t.Errorf("%s: %d elements differ, and it says %d", key, left, kept.Left)
	}
}

// elementsOf returns the elements of a page.
func elementsOf(t *testing.T, page json.RawMessage) (elements []json.RawMessage) {
	t.Helper()
	if json.Unmarshal(page, &elements) == nil {
		return elements
	}
	var object struct{ Value, Data []json.RawMessage }
	if err := json.Unmarshal(page, &object); err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	return append(object.Value, object.Data...)
}

func TestACrashDuringAnExportOfTheSubjectChangesNothing(t *testing.T) {
	var want outcome
	var effects []string
	simulate(t, func(_ *testing.T, sim *simulation) {
		want = sim.complete(ofTheSubject(exportRequest))
		effects = sim.live.faults.names
	})
	for i := range sampled(len(effects)) {
		t.Run(fmt.Sprintf("%03d %s", i+1, effects[i]), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := crashing(t, smallAccount(), 2, &faultInjector{at: i + 1, after: i%2 == 1})
				defer sim.close()
				sim.submit(ofTheSubject(exportRequest))
				sim.run(2 * time.Hour)
				checkOutcome(t, sim, want)
			})
		})
	}
}

// A retry works on pages that were recorded with its plan: no stored answer says whose their
// items are.
func TestARetryOfAnExportOfTheSubjectKeepsTheSame(t *testing.T) {
	whole, _ := exported(t, smallAccount(), exportRequest)
	kin := kinOf(whole)
	simulate(t, func(t *testing.T, sim *simulation) {
		sim.upstream.SetFaults(fake.Fault{Endpoint: "E22", Status: 403})
		sim.submit(ofTheSubject(exportRequest))
		sim.run(2 * time.Hour)
		sim.upstream.SetFaults()
		sim.retry(2)
		sim.run(2 * time.Hour)

		m := sim.manifestOf(attemptOf(2))
		if m.Status != dsr.StatusSucceeded || m.What != dsr.WhatSubject || m.Totals["E23"].Left == 0 || m.Totals["E23"].Documents == 0 {
			t.Errorf("%s of %q, E23 %+v", m.Status, m.What, m.Totals["E23"])
		}
		sim.checkEvidence(attemptOf(2))

		read := 0
		for key, e := range sim.siftedOf(attemptOf(2)) {
			if e.Endpoint == "E23" {
				read++
				w := whole[key]
				checkKept(t, key, w, e, w.concerns() || kin(w))
			}
		}
		if read == 0 {
			t.Error("nothing was read again")
		}
	})
}
