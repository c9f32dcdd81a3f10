package verify_test

import (
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
)

var theCopy = dsr.CopyName{RequestID: "req-1", Number: 1}

const zipBlob = "req-1/copy/req-1.zip"

// copied stores a copy for the person, with all its records but an end.
func copied(f *fixture) {
	f.t.Helper()
	of := dsr.HashRef{SHA256: sha256Hex(f.blobs[theAttempt.Manifest()])}
	f.put(zipBlob, "PK")
	f.record(theCopy.Order(), dsr.CopyOrder{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Number:        1,
		Attempt:       1,
		Manifest:      of,
		Status:        dsr.StatusPartiallyFailed,
		Partial:       true,
		AskedBy:       "desk",
		AskedAt:       theTime,
	})
	f.record(theCopy.Signature(), dsr.CopySignature{SchemaVersion: dsr.SchemaVersion, RequestID: "req-1", Number: 1, Of: of})
	f.record(theCopy.Receipt(), receiptOfCopy(f))
}

func receiptOfCopy(f *fixture) dsr.CopyReceipt {
	return dsr.CopyReceipt{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Number:        1,
		Name:          zipBlob,
		SHA256:        sha256Hex([]byte("PK")),
		Bytes:         2,
		Attempt:       1,
		Manifest:      dsr.HashRef{SHA256: sha256Hex(f.blobs[theAttempt.Manifest()])},
		Partial:       true,
		AskedBy:       "desk",
		AskedAt:       theTime,
		MadeAt:        theTime.Add(time.Minute),
		Until:         theTime.AddDate(0, 0, 7),
	}
}

// stepOfCopy stores the second step of a copy, and what was known then.
func stepOfCopy(f *fixture, change func(*dsr.CopyStep)) {
	state := theCopy.State(2, "0123456789abcdef")
	f.put(state, "anything")
	s := dsr.CopyStep{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Number:        1,
		Step:          2,
		Of:            dsr.HashRef{SHA256: sha256Hex([]byte("what"))},
		State:         dsr.BlobRef{Name: state, SHA256: sha256Hex([]byte("anything"))},
		At:            theTime,
	}
	if change != nil {
		change(&s)
	}
	f.record(theCopy.Step(2), s)
}

func endOfCopy(f *fixture, change func(*dsr.CopyEnd)) {
	e := dsr.CopyEnd{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Number:        1,
		Why:           dsr.CopyRevoked,
		At:            theTime,
	}
	if change != nil {
		change(&e)
	}
	f.record(theCopy.End(), e)
}

func TestVerifyKnowsTheCopyForThePerson(t *testing.T) {
	for _, c := range []struct {
		what   string
		damage func(*fixture)
		want   []string
	}{
		{"a copy as it is made", func(*fixture) {}, nil},
		{"one that is being made", func(f *fixture) { f.remove(theCopy.Receipt()) }, nil},
		{"one that is only ordered", func(f *fixture) { f.remove(theCopy.Receipt()); f.remove(theCopy.Signature()); f.remove(zipBlob) }, nil},
		{"one that has ended", func(f *fixture) { endOfCopy(f, nil); f.remove(zipBlob) }, nil},
		{"one that has ended and is not removed yet", func(f *fixture) { endOfCopy(f, nil) }, nil},

		{"one that was reviewed", func(f *fixture) { reviewedCopy(f) }, nil},
		{"one whose places are being listed", func(f *fixture) { reviewedCopy(f); f.remove(theCopy.Review()); f.remove(theCopy.Release()) }, nil},
		{"a copy made in steps", func(f *fixture) { stepOfCopy(f, nil) }, nil},
		{"a step of another copy", func(f *fixture) {
			stepOfCopy(f, func(s *dsr.CopyStep) { s.Step = 3 })
		}, []string{"inconsistent copy/0001-step-00002.json"}},
		{"a step without a state", func(f *fixture) {
			stepOfCopy(f, func(s *dsr.CopyStep) { s.State.Name = theCopy.Receipt() })
		}, []string{"inconsistent copy/0001-step-00002.json"}},
		{"a state with another name", func(f *fixture) { f.put("req-1/copy/0001-state-00002.gob", "x") }, []string{"foreign copy/0001-state-00002.gob"}},
		{"another list of places", func(f *fixture) { reviewedCopy(f); f.put(theCopy.Places(), "{}\n") }, []string{"changed copy/0001-places.ndjson"}},
		{"a review of another copy", func(f *fixture) {
			reviewedCopy(f)
			edit(f, theCopy.Review(), func(r *dsr.CopyReview) { r.Number = 2 })
		}, []string{"inconsistent copy/0001-review.json"}},
		{"a release of what was not listed", func(f *fixture) {
			reviewedCopy(f)
			edit(f, theCopy.Release(), func(r *dsr.CopyRelease) { r.List.SHA256 = sha256Hex(nil) })
		}, []string{"inconsistent copy/0001-release.json"}},
		{"a release by whoever has ordered", func(f *fixture) {
			reviewedCopy(f)
			edit(f, theCopy.Release(), func(r *dsr.CopyRelease) { r.By = "desk" })
		}, []string{"inconsistent copy/0001-release.json"}},
		{"a release without what was decided", func(f *fixture) {
			reviewedCopy(f)
			f.remove(dsr.DecisionBlob("req-1", 2))
		}, []string{"missing copy/decision-0002.json"}},
		{"a decision that lacks the one before", func(f *fixture) {
			reviewedCopy(f)
			f.remove(dsr.DecisionBlob("req-1", 1))
		}, []string{"missing copy/decision-0001.json"}},
		{"a decision of nothing", func(f *fixture) {
			reviewedCopy(f)
			edit(f, dsr.DecisionBlob("req-1", 1), func(d *dsr.ReviewDecision) { d.Rule = "" })
		}, []string{"inconsistent copy/decision-0001.json"}},

		{"another zip", func(f *fixture) { f.put(zipBlob, "PL") }, []string{"changed copy/req-1.zip"}},
		{"no zip", func(f *fixture) { f.remove(zipBlob) }, []string{"missing copy/req-1.zip"}},
		{"an order of another manifest", func(f *fixture) {
			edit(f, theCopy.Order(), func(o *dsr.CopyOrder) { o.Manifest.SHA256 = "0" })
		}, []string{"inconsistent copy/0001-order.json", "inconsistent copy/0001-receipt.json"}},
		{"an order of another request", func(f *fixture) {
			edit(f, theCopy.Order(), func(o *dsr.CopyOrder) { o.RequestID = "req-2" })
		}, []string{"inconsistent copy/0001-order.json"}},
		{"a receipt of somebody else's order", func(f *fixture) {
			edit(f, theCopy.Receipt(), func(r *dsr.CopyReceipt) { r.AskedBy = "nobody" })
		}, []string{"inconsistent copy/0001-receipt.json"}},
		{"a receipt that is no record", func(f *fixture) { f.put(theCopy.Receipt(), "x") }, []string{"malformed copy/0001-receipt.json"}},
		{"a receipt of another blob", func(f *fixture) {
			edit(f, theCopy.Receipt(), func(r *dsr.CopyReceipt) { r.Name = "req-1/subject.json" })
		}, []string{"inconsistent copy/0001-receipt.json"}},
		{"a signature of another copy", func(f *fixture) {
			edit(f, theCopy.Signature(), func(s *dsr.CopySignature) { s.Number = 2 })
		}, []string{"inconsistent copy/0001-signature.json"}},
		{"an end for no known reason", func(f *fixture) { endOfCopy(f, func(e *dsr.CopyEnd) { e.Why = "tired" }) }, []string{"inconsistent copy/0001-end.json"}},
		{"no order", func(f *fixture) { f.remove(theCopy.Order()) }, []string{
			"foreign copy/0001-receipt.json", "foreign copy/0001-signature.json", "foreign copy/req-1.zip",
		}},
		{"another file beside it", func(f *fixture) { f.put("req-1/copy/notes.txt", "x") }, []string{"foreign copy/notes.txt"}},
		{"a record of number 0", func(f *fixture) { f.put("req-1/copy/0000-end.json", "{}") }, []string{"foreign copy/0000-end.json"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			f := newFixture(t, nil)
			copied(f)
			c.damage(f)
			wantFaults(t, f.verify(nil), c.want...)
		})
	}
}

// reviewedCopy adds the records of a review by a second person, with two decisions.
func reviewedCopy(f *fixture) {
	f.t.Helper()
	edit(f, theCopy.Order(), func(o *dsr.CopyOrder) { o.Review = dsr.ReviewSecondPerson })
	const places = `{"id":"0123456789abcdef","rule":"mention","endpoint":"E03","part":"1/x.json","entry":0,"element":0,"proposed":"remove"}` + "\n"
	list := dsr.HashRef{SHA256: sha256Hex([]byte(places))}
	f.put(theCopy.Places(), places)
	f.record(theCopy.Review(), dsr.CopyReview{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Number:        1,
		Attempt:       1,
		List:          list,
		Places:        1,
		Rules:         []dsr.ReviewCount{{Rule: dsr.RuleMention, Proposed: dsr.VerdictRemove, Places: 1}},
		ListedAt:      theTime,
	})
	for n := 1; n <= 2; n++ {
		f.record(dsr.DecisionBlob("req-1", n), dsr.ReviewDecision{
			SchemaVersion: dsr.SchemaVersion,
			RequestID:     "req-1",
			Number:        n,
			Verdict:       dsr.VerdictInclude,
			Rule:          dsr.RuleMention,
			By:            "officer",
			At:            theTime,
		})
	}
	f.record(theCopy.Release(), dsr.CopyRelease{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "req-1",
		Number:        1,
		List:          list,
		Decisions:     2,
		By:            "officer",
		At:            theTime,
	})
}
