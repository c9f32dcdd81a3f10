package verify_test

import (
	"bytes"
	"testing"

	"azureml-dsr/internal/dsr"
)

// leftOut makes an entry of a part say that it has left something out, with all hashes and
// figures right.
func leftOut(f *fixture) {
	t := f.at(1, 1, 1, 0, "hosting-account")
	part := t.PartBlob(f.target(t))
	body := bytes.Replace(f.read(part), []byte(`,"document":`), []byte(`,"left":2,"document":`), 1)
	f.overwrite(part, body)
	edit(f, t.ReceiptBlob(), func(r *dsr.Receipt) {
		r.Parts[0].SHA256, r.Parts[0].Size = sha256Hex(body), int64(len(body))
		c := r.Totals["E01"]
		c.Left = 2
		r.Totals["E01"] = c
	})
}

func TestVerifyFindsWhatAnExportOfEverybodyHasLeftOut(t *testing.T) {
	const part = "1/data/hosting-account/s/g/h/part-1-000001-00000.json"
	wantFaults(t, newFixture(t, leftOut).verify(nil), "inconsistent "+part)
}

func TestVerifyHoldsWhatIsKeptAgainstTheRequest(t *testing.T) {
	f := newFixture(t, nil)
	edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.What = dsr.WhatSubject })
	wantFaults(t, f.verify(nil), "inconsistent 1/manifest.json")

	f = newFixture(t, func(f *fixture) {
		edit(f, theAttempt.Plan(), func(p *dsr.Plan) { p.What = dsr.WhatSubject })
		leftOut(f)
	})
	edit(f, theAttempt.Manifest(), func(m *dsr.Manifest) { m.What = dsr.WhatSubject })
	wantFaults(t, f.verify(nil), "inconsistent 1/plan.json")
}
