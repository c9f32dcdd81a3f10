package verify_test

import (
	"maps"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
)

// manifestPart is a manifest part as the reconciler writes it.
type manifestPart struct {
	SchemaVersion   string           `json:"schemaVersion"`
	Receipts        []dsr.ReceiptRef `json:"receipts"`
	Totals          dsr.Totals       `json:"totals,omitempty"`
	Succeeded       int              `json:"succeeded,omitempty"`
	Failed          int              `json:"failed,omitempty"`
	Canceled        int              `json:"canceled,omitempty"`
	SubNodes        int              `json:"subNodes,omitempty"`
	Failures        []dsr.Failure    `json:"failures,omitempty"`
	FailuresOmitted int              `json:"failuresOmitted,omitempty"`
	Cost            dsr.Cost         `json:"cost,omitzero"`
}

// close closes the attempt. Its manifest names all receipts except the omitted ones.
func (f *fixture) close() {
	f.t.Helper()
	request := stored[dsr.RequestRecord](f, dsr.RequestBlob(theAttempt.RequestID))
	m := dsr.Manifest{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     theAttempt.RequestID,
		Attempt:       theAttempt.Number,
		Kind:          request.Kind,
		SubmittedAt:   request.SubmittedAt,
		DueAt:         request.DueAt,
		ClosedAt:      theTime,
		Request:       dsr.HashRef{SHA256: sha256Hex(f.read(dsr.RequestBlob(theAttempt.RequestID)))},
		Plan:          dsr.HashRef{SHA256: sha256Hex(f.read(theAttempt.Plan()))},
		Totals:        dsr.Totals{"E01": {}, "E29": {}},
		Failures:      []dsr.Failure{},
		NotCovered:    f.plan.NotCovered,
	}

	if body, ok := f.blobs[dsr.ExtensionBlob(theAttempt.RequestID)]; ok {
		e := stored[dsr.Extension](f, dsr.ExtensionBlob(theAttempt.RequestID))
		m.Extension = &dsr.ExtensionRef{
			SHA256: sha256Hex(body),
			DueAt:  e.DueAt,
			Until:  e.Until,
			Reason: e.Reason,
		}
		m.DueAt = e.Until
	}
	if body, ok := f.blobs[theAttempt.DeletionPlan()]; ok {
		m.DeletionPlan = &dsr.HashRef{SHA256: sha256Hex(body)}
	}

	f.closeOver(&m, f.counted())
	f.record(theAttempt.Manifest(), m)
}

// counted returns the receipts that the manifest names, in order.
func (f *fixture) counted() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.blobs)) {
		if strings.HasPrefix(name, theAttempt.Receipts()) && !f.omitted[name] {
			names = append(names, name)
		}
	}
	return names
}

// closeOver writes the manifest's parts and completes the manifest by its receipts.
func (f *fixture) closeOver(m *dsr.Manifest, receipts []string) {
	f.t.Helper()
	perPart := f.perPart
	if perPart == 0 {
		perPart = dsr.ReceiptsPerPart
	}

	succeeded, failed := 0, 0
	for names := range slices.Chunk(receipts, perPart) {
		part := f.sumUp(names, dsr.MaxFailures-len(m.Failures))
		for _, name := range names {
			for _, p := range stored[dsr.Receipt](f, name).Parts {
				m.SubjectMatches += p.SubjectMatches
			}
		}

		m.Totals.Add(part.Totals)
		m.Failures = append(m.Failures, part.Failures...)
		m.FailuresOmitted += part.FailuresOmitted
		succeeded, failed = succeeded+part.Succeeded, failed+part.Failed

		if f.older {
			part = manifestPart{SchemaVersion: part.SchemaVersion, Receipts: part.Receipts}
		}
		m.Cost = m.Cost.Plus(part.Cost)

		f.addPart(m, part)
	}

	switch {
	case f.canceled:
		m.Status = dsr.StatusCanceled
	case failed == 0 && len(m.Failures) == 0:
		m.Status = dsr.StatusSucceeded
	case succeeded == 0:
		m.Status = dsr.StatusFailed
	default:
		m.Status = dsr.StatusPartiallyFailed
	}
}

// sumUp returns the part of some receipts, with at most room failures.
func (f *fixture) sumUp(receipts []string, room int) manifestPart {
	f.t.Helper()
	part := manifestPart{SchemaVersion: dsr.SchemaVersion, Totals: dsr.Totals{}, Failures: []dsr.Failure{}}
	for _, name := range receipts {
		r := stored[dsr.Receipt](f, name)
		part.Receipts = append(part.Receipts, dsr.ReceiptRef{
			Name:    relative(name),
			SHA256:  sha256Hex(f.read(name)),
			Outcome: r.Outcome,
			Parts:   r.Parts,
		})
		part.SubNodes += len(r.SubNodes)
		part.Totals.Add(r.Totals)
		part.Cost = part.Cost.Plus(r.Cost)

		switch r.Outcome {
		case dsr.Succeeded:
			part.Succeeded++
		case dsr.Failed:
			part.Failed++
		case dsr.Canceled:
			part.Canceled++
		}

		for _, failure := range r.Failures {
			if len(part.Failures) < room {
				part.Failures = append(part.Failures, failure)
			} else {
				part.FailuresOmitted++
			}
		}
	}

	return part
}

// addPart stores a part and adds it to a manifest.
func (f *fixture) addPart(m *dsr.Manifest, part manifestPart) {
	f.t.Helper()
	const unnamed = "unnamed"
	f.record(unnamed, part)
	body := f.read(unnamed)
	f.remove(unnamed)
	name := theAttempt.ManifestPart(len(m.Parts)+1, sha256Hex(body))
	f.blobs[name] = body
	ref := dsr.ManifestPartRef{Name: relative(name), SHA256: sha256Hex(body), Receipts: len(part.Receipts)}
	for _, r := range part.Receipts {
		for _, p := range r.Parts {
			ref.Documents += p.Documents
		}
	}

	m.Parts = append(m.Parts, ref)
}

// editPart changes a part of the manifest before its hash is taken, as a faulty reconciler
// would.
func (f *fixture) editPart(n int, change func(*manifestPart)) {
	f.t.Helper()
	m := stored[dsr.Manifest](f, theAttempt.Manifest())
	refs := m.Parts
	m.Parts = nil

	for i, ref := range refs {
		part := stored[manifestPart](f, theAttempt.Prefix()+ref.Name)
		f.remove(theAttempt.Prefix() + ref.Name)
		if i == n {
			change(&part)
		}
		f.addPart(&m, part)
	}

	f.record(theAttempt.Manifest(), m)
}
