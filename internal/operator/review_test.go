package operator_test

import (
	"bytes"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// uncertain is a closed request about Ada: one model is hers and may name somebody, another
// names her and nobody as its owner.
func uncertain(t *testing.T, review string) *operatortest.Stored {
	r := operatortest.New(t)
	r.Review = review
	r.Subject = &dsr.Subject{ObjectID: "o-1", DisplayName: "Ada King"}
	r.Body = func(_, item string) string {
		if item == "one" {
			return `{"name": "one", "createdBy": {"userObjectId": "o-1"}, "tags": {"note": "ask Grace"}}`
		}
		return `{"name": "other", "description": "made for Ada King", "reviewer": {"userName": "Grace Hopper", "upn": "g.hopper@example.org"}}`
	}
	r.Open()
	r.MakePlan()
	r.List(r.Task(1, 0), operatortest.AccountID)
	r.List(r.Task(2, 0), "one", "two")
	r.Work(r.Task(1, 0), "E01", operatortest.AccountID)
	r.Work(r.Task(2, 0), "E03", "one")
	r.Work(r.Task(2, 1), "E03", "two")
	r.CloseAttempt()
	return r
}

// reviewing has a copy ordered and its uncertain places listed.
func reviewing(t *testing.T, review string) (*operatortest.Stored, *operator.Operator, *operatortest.Queues) {
	t.Helper()
	r := uncertain(t, review)
	o, q := r.Operator(operatortest.Time)
	_, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", By: "desk"})
	r.Must(err)
	if failed := r.MakeCopies(q, operatortest.Time); len(failed) > 0 {
		t.Fatal(failed)
	}
	return r, o, q
}

func placesOf(t *testing.T, o *operator.Operator, q operator.ReviewQuery) []operator.ReviewPlace {
	t.Helper()
	q.ID, q.Values = "req-1", true
	if q.Top == 0 {
		q.Top = 100
	}
	places, _, err := o.ReviewPlaces(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return places
}

func TestACopyWaitsUntilSomebodyReleasesIt(t *testing.T) {
	r, o, q := reviewing(t, dsr.ReviewRequired)
	c, err := o.Copy(t.Context(), "req-1")
	if err != nil || c.State != operator.CopyReviewing || c.Uncertain != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, _, err := o.OpenCopy(t.Context(), "req-1"); operator.KindOf(err) != operator.Refused || !strings.Contains(err.Error(), "dsr review") {
		t.Errorf("opened: %v", err)
	}
	if _, err := o.WriteCopy(t.Context(), "req-1", io.Discard, operator.CopyOptions{}); operator.KindOf(err) != operator.Refused || !strings.Contains(err.Error(), "must be reviewed") {
		t.Errorf("made here: %v", err)
	}

	places := placesOf(t, o, operator.ReviewQuery{})
	if len(places) != 2 {
		t.Fatalf("%+v", places)
	}
	byRule := map[dsr.ReviewRule]operator.ReviewPlace{}
	for _, p := range places {
		byRule[p.Rule] = p
	}
	if p := byRule[dsr.RuleNamePart]; p.Match != "Grace" || p.Before != "ask " || p.Pointer != "/tags/note" || p.Item != "one" || p.Proposed != dsr.VerdictKeep {
		t.Errorf("%+v", p)
	}
	if p := byRule[dsr.RuleMention]; p.Match != "Ada King" || p.Pointer != "/description" || p.Proposed != dsr.VerdictRemove {
		t.Errorf("%+v", p)
	}

	decide := func(order operator.DecisionOrder) operator.Review {
		t.Helper()
		order.ID, order.By = "req-1", "officer"
		review, err := o.Decide(t.Context(), order)
		r.Must(err)
		return review
	}
	decide(operator.DecisionOrder{Verdict: dsr.VerdictRemove, Places: []string{byRule[dsr.RuleNamePart].ID}})
	review := decide(operator.DecisionOrder{Verdict: dsr.VerdictKeep, Rule: dsr.RuleMention})
	if review.Decisions != 2 || review.Rules[0].Decided != dsr.VerdictInclude {
		t.Errorf("%+v", review)
	}
	if open := placesOf(t, o, operator.ReviewQuery{Open: true}); len(open) != 0 {
		t.Errorf("%+v is open", open)
	}

	c, err = o.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	if err != nil || c.State != operator.CopyMaking || c.ReleasedBy != "officer" {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := o.Decide(t.Context(), operator.DecisionOrder{ID: "req-1", Verdict: dsr.VerdictKeep, Rule: dsr.RuleFile, By: "officer"}); operator.KindOf(err) != operator.Refused {
		t.Errorf("decided after the release: %v", err)
	}
	r.MakeCopies(q, operatortest.Time)
	body, c, err := o.OpenCopy(t.Context(), "req-1")
	r.Must(err)
	made, err := io.ReadAll(body)
	r.Must(err)
	if c.Documents != 2 || c.Uncertain != 2 || c.Decided != 2 {
		t.Errorf("%+v", c)
	}

	var here bytes.Buffer
	if _, err := o.WriteCopy(t.Context(), "req-1", &here, operator.CopyOptions{}); err != nil || !bytes.Equal(here.Bytes(), made) {
		t.Errorf("the copy that is made here has %d bytes, the worker's %d: %v", here.Len(), len(made), err)
	}
	_, err = o.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1", Reason: "released by mistake"})
	r.Must(err)
	if _, err := o.WriteCopy(t.Context(), "req-1", io.Discard, operator.CopyOptions{}); operator.KindOf(err) != operator.Refused {
		t.Errorf("made here after it was revoked: %v", err)
	}
}

// What is recorded of a review names nobody and says nothing of what stands there.
func TestTheRecordsOfAReviewHaveNoValues(t *testing.T) {
	r, o, _ := reviewing(t, dsr.ReviewRequired)
	_, err := o.Decide(t.Context(), operator.DecisionOrder{ID: "req-1", Verdict: dsr.VerdictRemove, Rule: dsr.RuleMention, By: "officer"})
	r.Must(err)
	_, err = o.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	r.Must(err)

	n := 0
	for info, err := range r.Audit.Backend().List(t.Context(), dsr.CopyPrefix("req-1"), "") {
		r.Must(err)
		body, _, err := r.Audit.Read(t.Context(), info.Name, 1<<20)
		r.Must(err)
		n++
		for _, value := range []string{"Grace", "Ada", "ask ", "made for", "/tags", "note"} {
			if strings.Contains(string(body), value) {
				t.Errorf("%s has %q: %s", info.Name, value, body)
			}
		}
	}
	if n != 5 {
		t.Errorf("%d records", n)
	}
}

func TestAReviewIsReadInParts(t *testing.T) {
	_, o, _ := reviewing(t, dsr.ReviewRequired)
	var ids []string
	from, pages := int64(0), 0
	for {
		places, next, err := o.ReviewPlaces(t.Context(), operator.ReviewQuery{ID: "req-1", From: from, Top: 1})
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, p := range places {
			ids = append(ids, p.ID)
			if p.Item != "" || p.Match != "" {
				t.Errorf("nobody asked for values: %+v", p)
			}
		}
		if next == 0 {
			break
		}
		from = next
	}
	if len(ids) != 2 || pages != 2 {
		t.Errorf("%v in %d pages", ids, pages)
	}
}

func TestWhoMayReleaseACopy(t *testing.T) {
	for name, tt := range map[string]struct {
		review, by string
		want       operator.Kind
	}{
		"nobody":                     {dsr.ReviewRequired, " ", operator.Invalid},
		"whoever has ordered":        {dsr.ReviewRequired, "desk", 0},
		"a second person is wanted":  {dsr.ReviewSecondPerson, "Desk", operator.Invalid},
		"the second person":          {dsr.ReviewSecondPerson, "officer", 0},
		"where nothing is held back": {"", "officer", operator.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			_, o, _ := reviewing(t, tt.review)
			_, err := o.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: tt.by})
			if (err != nil || tt.want != 0) && operator.KindOf(err) != tt.want {
				t.Errorf("%v", err)
			}
		})
	}
}

// Without a review that is required, what is decided counts for the copy that is ordered next.
func TestAnotherCopyFollowsWhatWasDecided(t *testing.T) {
	r, o, q := reviewing(t, "")
	first, err := o.Copy(t.Context(), "req-1")
	if err != nil || first.State != operator.CopyReady || first.Documents != 1 || first.Decided != 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	_, err = o.Decide(t.Context(), operator.DecisionOrder{ID: "req-1", Verdict: dsr.VerdictInclude, Rule: dsr.RuleMention, By: "officer"})
	r.Must(err)
	_, err = o.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1"})
	r.Must(err)
	_, err = o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1", By: "desk"})
	r.Must(err)
	_, err = o.Decide(t.Context(), operator.DecisionOrder{ID: "req-1", Verdict: dsr.VerdictRemove, Rule: dsr.RuleMention, By: "officer"})
	if operator.KindOf(err) != operator.Refused {
		t.Errorf("what is uncertain in the second copy is not listed, but: %v", err)
	}
	r.MakeCopies(q, operatortest.Time.Add(time.Minute))
	if c, err := o.Copy(t.Context(), "req-1"); err != nil || c.Number != 2 || c.Documents != 2 || c.Decided != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestADecisionThatCannotBeIsNotRecorded(t *testing.T) {
	r, o, _ := reviewing(t, dsr.ReviewRequired)
	for name, order := range map[string]operator.DecisionOrder{
		"no verdict":     {Rule: dsr.RuleFile, By: "x"},
		"nothing":        {Verdict: dsr.VerdictKeep, By: "x"},
		"both":           {Verdict: dsr.VerdictKeep, Rule: dsr.RuleFile, Places: []string{"0123456789abcdef"}, By: "x"},
		"another rule":   {Verdict: dsr.VerdictKeep, Rule: "mood", By: "x"},
		"no place":       {Verdict: dsr.VerdictKeep, Places: []string{"Grace"}, By: "x"},
		"an unknown one": {Verdict: dsr.VerdictKeep, Places: []string{"0123456789abcdef"}, By: "x"},
		"nobody":         {Verdict: dsr.VerdictKeep, Rule: dsr.RuleFile},
	} {
		order.ID = "req-1"
		if _, err := o.Decide(t.Context(), order); operator.KindOf(err) != operator.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if made, err := r.Ledger.ReviewDecisions(t.Context(), "req-1", -1); err != nil || len(made) > 0 {
		t.Errorf("%v, %v", made, err)
	}
}

// TestAReviewerSeesOfWhatAWordIsTheName has a colleague's first name in the names of a member and
// of an item.
func TestAReviewerSeesOfWhatAWordIsTheName(t *testing.T) {
	r := operatortest.New(t)
	r.Subject = &dsr.Subject{ObjectID: "o-1", DisplayName: "Ada King"}
	r.Body = func(_, item string) string {
		if item == "Notes of Grace" {
			return `{"createdBy": {"userObjectId": "o-1"}, "tags": {"asked Grace": "yes"}}`
		}
		return `{"name": "two", "createdBy": {"userName": "Grace Hopper", "userObjectId": "o-2"}}`
	}
	r.Open()
	r.MakePlan()
	r.List(r.Task(1, 0), operatortest.AccountID)
	r.List(r.Task(2, 0), "Notes of Grace", "two")
	r.Work(r.Task(1, 0), "E01", operatortest.AccountID)
	r.Work(r.Task(2, 0), "E03", "Notes of Grace")
	r.Work(r.Task(2, 1), "E03", "two")
	r.CloseAttempt()
	o, q := r.Operator(operatortest.Time)
	_, err := o.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1"})
	r.Must(err)
	r.MakeCopies(q, operatortest.Time)

	type seen struct {
		Name                   dsr.NamePlace
		Pointer, Before, Match string
	}
	got := map[seen]int{}
	for _, p := range placesOf(t, o, operator.ReviewQuery{}) {
		got[seen{p.Name, p.Pointer, p.Before, p.Match}]++
	}
	want := map[seen]int{
		{dsr.NameOfMember, "/tags/asked Grace", "asked ", "Grace"}: 1,
		{dsr.NameOfItem, "", "Notes of ", "Grace"}:                 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
