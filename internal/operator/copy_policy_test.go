package operator_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

var (
	putsIn = dsr.CopyPolicy{Unattributed: dsr.CopyInclude, Files: dsr.CopyInclude}
	leaves = dsr.SafePolicy()
)

// TestAnOrderRecordsWhatItsCopyHas orders where the installation says one thing, and the order the
// same, another one or nothing.
func TestAnOrderRecordsWhatItsCopyHas(t *testing.T) {
	for name, tt := range map[string]struct {
		installed, ordered, want dsr.CopyPolicy
	}{
		"nobody says anything":           {want: leaves},
		"the installation puts in":       {installed: putsIn, want: putsIn},
		"the order puts in":              {ordered: putsIn, want: putsIn},
		"the order leaves out":           {installed: putsIn, ordered: leaves, want: leaves},
		"the order says a part":          {installed: putsIn, ordered: dsr.CopyPolicy{Files: dsr.CopyLeave}, want: dsr.CopyPolicy{Unattributed: dsr.CopyInclude, Files: dsr.CopyLeave}},
		"the installation says the rest": {installed: dsr.CopyPolicy{Files: dsr.CopyInclude}, want: dsr.CopyPolicy{Unattributed: dsr.CopyLeave, Files: dsr.CopyInclude}},
	} {
		t.Run(name, func(t *testing.T) {
			r := uncertain(t, "")
			r.Copies = tt.installed
			o, q := r.Operator(operatortest.Time)
			c, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", Policy: tt.ordered})
			r.Must(err)
			recorded, _, err := r.Ledger.PersonCopy(t.Context(), dsr.CopyName{RequestID: "req-1", Number: 1})
			if err != nil || recorded.Order.Policy != tt.want || c.Policy != tt.want {
				t.Fatalf("recorded %+v, answered %+v, want %+v (%v)", recorded.Order.Policy, c.Policy, tt.want, err)
			}

			// The worker follows the record, and so does who makes the same copy here.
			r.MakeCopies(q, operatortest.Time)
			recorded, _, err = r.Ledger.PersonCopy(t.Context(), recorded.Name())
			if err != nil || recorded.Receipt.Policy != tt.want {
				t.Errorf("the receipt says %+v (%v)", recorded.Receipt.Policy, err)
			}
			body, c, err := o.OpenCopy(t.Context(), "req-1")
			r.Must(err)
			made, err := io.ReadAll(body)
			r.Must(err)
			var here bytes.Buffer
			summary, err := o.WriteCopy(t.Context(), "req-1", &here, operator.CopyOptions{Policy: tt.ordered})
			if err != nil || summary.Policy != tt.want || !bytes.Equal(here.Bytes(), made) {
				t.Errorf("made here by %+v, and other bytes: %v", summary.Policy, err)
			}
			want := int64(1)
			if tt.want.Unattributed == dsr.CopyInclude {
				want = 2
			}
			if c.Documents != want {
				t.Errorf("%d documents, want %d", c.Documents, want)
			}
		})
	}
}

// TestAReviewerDecidesLaterThanThePolicy has the policy put in a document, and a reviewer leave it
// out.
func TestAReviewerDecidesLaterThanThePolicy(t *testing.T) {
	r := uncertain(t, "")
	o, q := r.Operator(operatortest.Time)
	_, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", By: "desk", Review: true, Policy: putsIn})
	r.Must(err)
	r.MakeCopies(q, operatortest.Time)
	places := placesOf(t, o, operator.ReviewQuery{Rule: dsr.RuleMention})
	if len(places) != 1 || places[0].Proposed != dsr.VerdictInclude {
		t.Fatalf("%+v", places)
	}
	review, err := o.Decide(t.Context(), operator.DecisionOrder{ID: "req-1", Verdict: dsr.VerdictRemove, Places: []string{places[0].ID}, By: "officer"})
	r.Must(err)
	for _, rule := range review.Rules {
		if want := rule.Rule == dsr.RuleMention; (rule.Proposed == dsr.VerdictInclude) != want {
			t.Errorf("%+v", rule)
		}
	}
	_, err = o.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	r.Must(err)
	r.MakeCopies(q, operatortest.Time)
	if c, err := o.Copy(t.Context(), "req-1"); err != nil || c.State != operator.CopyReady || c.Documents != 1 || c.Decided != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestNobodyGetsMoreThanWasReviewed makes a copy here after one was released.
func TestNobodyGetsMoreThanWasReviewed(t *testing.T) {
	r, o, _ := reviewing(t, dsr.ReviewRequired)
	_, err := o.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	r.Must(err)
	for _, more := range []dsr.CopyPolicy{{Unattributed: dsr.CopyInclude}, {Files: dsr.CopyInclude}} {
		_, err := o.WriteCopy(t.Context(), "req-1", io.Discard, operator.CopyOptions{Policy: more})
		if operator.KindOf(err) != operator.Refused || !strings.Contains(err.Error(), "was reviewed without") {
			t.Errorf("%+v: %v", more, err)
		}
	}

	// What the installation puts in by itself was not reviewed either.
	r.Copies = putsIn
	o, _ = r.Operator(operatortest.Time)
	if summary, err := o.WriteCopy(t.Context(), "req-1", io.Discard, operator.CopyOptions{}); err != nil || summary.Policy != leaves {
		t.Errorf("%+v, %v", summary.Policy, err)
	}
}

// TestAnOrderOfBeforePoliciesLeavesAllOut has a copy released whose order says nothing, where the
// installation puts in everything by now.
func TestAnOrderOfBeforePoliciesLeavesAllOut(t *testing.T) {
	r := uncertain(t, dsr.ReviewRequired)
	r.Copies = putsIn
	_, sum, _, err := r.Ledger.Manifest(t.Context(), operatortest.Attempt)
	r.Must(err)
	_, err = r.Ledger.OrderCopy(t.Context(), dsr.CopyOrder{
		RequestID: "req-1",
		Number:    1,
		Attempt:   1,
		Manifest:  dsr.HashRef{SHA256: sum},
		Status:    dsr.StatusSucceeded,
		Review:    dsr.ReviewRequired,
		AskedBy:   "desk",
		AskedAt:   operatortest.Time,
	})
	r.Must(err)
	o, q := r.Operator(operatortest.Time)
	c, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", By: "desk"})
	if err != nil || c.Policy != leaves {
		t.Fatalf("%+v, %v", c, err)
	}
	r.MakeCopies(q, operatortest.Time)
	_, err = o.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	r.Must(err)
	if summary, err := o.WriteCopy(t.Context(), "req-1", io.Discard, operator.CopyOptions{}); err != nil || summary.Policy != leaves || summary.Documents != 1 {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestAPolicyHasTwoChoices(t *testing.T) {
	r := uncertain(t, "")
	o, _ := r.Operator(operatortest.Time)
	for want, wrong := range map[string]dsr.CopyPolicy{
		"policy: unattributed must be leave or include": {Unattributed: "keep"},
		"policy: files must be leave or include":        {Files: "yes"},
	} {
		_, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", Policy: wrong})
		if operator.KindOf(err) != operator.Invalid || err.Error() != want {
			t.Errorf("ordered: %v", err)
		}
		if _, err := o.WriteCopy(t.Context(), "req-1", io.Discard, operator.CopyOptions{Policy: wrong}); operator.KindOf(err) != operator.Invalid {
			t.Errorf("made here: %v", err)
		}
	}
}
