package verify_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/verify"
)

func TestAManifestMayHaveManyParts(t *testing.T) {
	for _, older := range []bool{false, true} {
		for perPart := 1; perPart <= 12; perPart++ {
			f := newFixture(t, func(f *fixture) { f.perPart, f.older = perPart, older })
			wantFaults(t, f.verify(nil))
		}
	}
}

func TestVerifyChecksThePartsOfAManifestAgainstTheirReceipts(t *testing.T) {
	for _, c := range []struct {
		name string
		of   int // part, from 0: of 3 with 4, 4 and 3 receipts
		edit func(*manifestPart)
		want []verify.FaultKind // of the part
	}{
		{"nothing", 1, func(*manifestPart) {}, nil},
		{"its totals", 1, func(p *manifestPart) { p.Totals["E16"] = dsr.Counts{Calls: 9} }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a row that is left out", 1, func(p *manifestPart) { clear(p.Totals) }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a row of zeros", 1, func(p *manifestPart) { p.Totals["E99"] = dsr.Counts{} }, nil},
		{"how many succeeded", 1, func(p *manifestPart) { p.Succeeded++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many failed", 2, func(p *manifestPart) { p.Failed++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many were canceled", 0, func(p *manifestPart) { p.Canceled++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many sub-nodes are named", 1, func(p *manifestPart) { p.SubNodes++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"its cost", 1, func(p *manifestPart) { p.Cost.Messages++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"no cost, as of an older version", 1, func(p *manifestPart) { p.Cost = dsr.Cost{} }, nil},
		{"a failure of its own", 0, func(p *manifestPart) { p.Failures = []dsr.Failure{{Endpoint: "E16"}} }, []verify.FaultKind{verify.FaultInconsistent}},
		{"failures that are left out", 1, func(p *manifestPart) { p.Failures, p.FailuresOmitted = nil, len(p.Failures)+1 }, []verify.FaultKind{verify.FaultInconsistent}},
		{"how many failures are left out", 2, func(p *manifestPart) { p.FailuresOmitted++ }, []verify.FaultKind{verify.FaultInconsistent}},
		{"two receipts in each other's place", 1, func(p *manifestPart) { p.Receipts[0], p.Receipts[1] = p.Receipts[1], p.Receipts[0] }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a receipt twice", 1, func(p *manifestPart) { p.Receipts = append(p.Receipts, p.Receipts[3]) }, []verify.FaultKind{verify.FaultInconsistent}},
		{"a receipt that none is", 1, func(p *manifestPart) { p.Receipts[3].Name += "x" }, []verify.FaultKind{verify.FaultInconsistent}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFixture(t, func(f *fixture) { f.perPart = 4 })
			f.editPart(c.of, c.edit)
			part := theAttempt.Prefix() + stored[dsr.Manifest](f, theAttempt.Manifest()).Parts[c.of].Name
			var got []verify.FaultKind
			for _, fault := range f.verify(nil).Faults {
				if fault.Name == part {
					got = append(got, fault.Kind)
				}
			}

			if len(got) != len(c.want) || (len(got) > 0 && got[0] != c.want[0]) {
				t.Errorf("faults of the part %v, want %v", got, c.want)
			}
		})
	}
}

func TestVerifyFindsPartsThatOverlap(t *testing.T) {
	f := newFixture(t, func(f *fixture) { f.perPart = 4 })
	first := stored[manifestPart](f, theAttempt.Prefix()+stored[dsr.Manifest](f, theAttempt.Manifest()).Parts[0].Name)
	f.editPart(1, func(p *manifestPart) {
		*p = f.sumUp(append([]string{theAttempt.Prefix() + first.Receipts[3].Name}, namesOf(p.Receipts)...), dsr.MaxFailures)
	})
	part := stored[dsr.Manifest](f, theAttempt.Manifest()).Parts[1].Name
	wantFaults(t, f.verify(nil), "inconsistent 1/"+part)
}

func namesOf(refs []dsr.ReceiptRef) (names []string) {
	for _, r := range refs {
		names = append(names, theAttempt.Prefix()+r.Name)
	}
	return names
}

func TestVerifyFindsAPartWithTooManyReceipts(t *testing.T) {
	f := newFixture(t, nil)
	f.editPart(0, func(p *manifestPart) {
		for len(p.Receipts) <= dsr.ReceiptsPerPart {
			p.Receipts = append(p.Receipts, dsr.ReceiptRef{Name: "x"})
		}
	})

	part := f.manifestPart()
	for _, fault := range f.verify(nil).Faults {
		if fault.Kind == verify.FaultMalformed && fault.Name == part {
			return
		}
	}

	t.Error("no fault says that the part is too long")
}
