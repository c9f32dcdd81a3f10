package fanout_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

const (
	adaID = "11111111-2222-3333-4444-555555555555"
	bobID = "22222222-2222-3333-4444-555555555555"
)

// people is a directory: who has an address.
type people struct {
	byAddress map[string][]dsr.DirectoryMatch
	err       error
	asked     []string
	meanwhile func()
}

func (p *people) Find(_ context.Context, address string) ([]dsr.DirectoryMatch, error) {
	p.asked = append(p.asked, address)
	if p.meanwhile != nil {
		p.meanwhile()
	}
	return p.byAddress[strings.ToLower(address)], p.err
}

func (p *people) From() string { return "https://graph.example" }

// newPeople returns a directory of two people, who share the address of an office.
func newPeople() *people {
	return &people{byAddress: map[string][]dsr.DirectoryMatch{
		"ada@example.org":      {{ObjectID: adaID, By: "userPrincipalName"}},
		"ada.mail@example.org": {{ObjectID: strings.ToUpper(adaID), By: "mail"}},
		"bob@example.org":      {{ObjectID: bobID, By: "userPrincipalName"}, {ObjectID: bobID, By: "mail"}},
		"office@example.org":   {{ObjectID: adaID, By: "mail"}, {ObjectID: bobID, By: "mail"}},
	}}
}

// about is the request with a subject.
func about(subject string) string {
	return strings.Replace(request, `"id"`, `"subject":`+subject+`,"id"`, 1)
}

func (f *intakeFixture) acceptAbout(p *people, required bool, body string) error {
	i := f.intake(directory{})
	i.PeopleRequired = required
	if p != nil {
		i.People = p
	}
	return i.Accept(f.T.Context(), fanout.Received{Body: []byte(body), EnqueuedTime: f.Time()})
}

func TestASubjectIsFoundByAnAddress(t *testing.T) {
	for name, c := range map[string]struct {
		subject  string
		required bool
		asked    []string
		id       string
		outcome  string // "": nobody was looked up
		by       []string
		refused  string // "": it is taken
	}{
		"by a principal name": {
			subject: `{"userPrincipalName":"ada@example.org"}`,
			asked:   []string{"ada@example.org"},
			id:      adaID,
			outcome: "found",
			by:      []string{"userPrincipalName"},
		},
		"by a mail address": {
			subject: `{"mail":["ada.mail@example.org"]}`,
			asked:   []string{"ada.mail@example.org"},
			id:      adaID,
			outcome: "found",
			by:      []string{"mail"},
		},
		"by both": {
			subject: `{"userPrincipalName":"ada@example.org","mail":["ada.mail@example.org","ada@example.org"]}`,
			asked:   []string{"ada@example.org", "ada.mail@example.org"},
			id:      adaID,
			outcome: "found",
			by:      []string{"mail", "userPrincipalName"},
		},
		"one address found, another not": {
			subject: `{"userPrincipalName":"old@example.org","mail":["bob@example.org"]}`,
			asked:   []string{"old@example.org", "bob@example.org"},
			id:      bobID,
			outcome: "found",
			by:      []string{"mail", "userPrincipalName"},
		},
		"nobody": {
			subject: `{"mail":["secret@example.org"]}`,
			asked:   []string{"secret@example.org"},
			outcome: "notFound",
		},
		"nobody, where somebody must be found": {
			subject:  `{"mail":["secret@example.org"]}`,
			required: true,
			asked:    []string{"secret@example.org"},
			refused:  "the directory has nobody",
		},
		"a name alone": {
			subject: `{"displayName":"Ada"}`,
			outcome: "notFound",
		},
		"a name alone, where somebody must be found": {
			subject:  `{"displayName":"Ada"}`,
			required: true,
			refused:  "the directory has nobody",
		},
		"several people of one address": {
			subject: `{"mail":["office@example.org"]}`,
			asked:   []string{"office@example.org"},
			refused: "several people",
		},
		"addresses of two people": {
			subject: `{"userPrincipalName":"ada@example.org","mail":["bob@example.org"]}`,
			asked:   []string{"ada@example.org", "bob@example.org"},
			refused: "several people",
		},
		"an object id that is named": {
			subject:  `{"objectId":"0f8f","userPrincipalName":"ada@example.org"}`,
			required: true,
			id:       "0f8f",
		},
		"everybody": {subject: "null"},
	} {
		t.Run(name, func(t *testing.T) {
			f, p := newIntakeFixture(t), newPeople()
			body := about(c.subject)
			if c.subject == "null" {
				body = request
			}
			err := f.acceptAbout(p, c.required, body)
			if diff := cmp.Diff(c.asked, p.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}

			if c.refused != "" {
				if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonSubjectObjectIDRequired || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("%v, want %q", err, c.refused)
				}
				if err != nil && strings.Contains(err.Error(), "@") {
					t.Errorf("%q has an address", err)
				}
				if _, found, _ := f.Records.SubjectRecord(t.Context(), "r"); found || len(f.sent.lines) > 0 {
					t.Error("the refused request left something")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			f.checkLookup(t, c.id, c.outcome, c.by)
			f.checkLeftOut(t, c.outcome == "notFound")
		})
	}
}

// checkLookup checks what both records say of the look-up.
func (f *intakeFixture) checkLookup(t *testing.T, id, outcome string, by []string) {
	t.Helper()
	stored, _, err := f.Records.SubjectRecord(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	record := f.recorded(t)
	for name, s := range map[string]*dsr.Subject{"subject.json": &stored.Subject, "request.json": record.Subject} {
		if s == nil {
			s = &dsr.Subject{}
		}
		l := s.Lookup
		if l == nil {
			l = &dsr.DirectoryLookup{}
		}
		if s.ObjectID != id || l.Outcome != outcome || !cmp.Equal(l.By, by) || (outcome != "" && (l.From != "https://graph.example" || l.At.IsZero())) {
			t.Errorf("%s: %+v, %+v", name, s, l)
		}
	}
	if record.Subject != nil && record.Subject.UserPrincipalName != "" {
		t.Error("request.json has a name")
	}

	// Who has both records can check the hash, as for any request.
	if sum, err := record.Restore(subjectOf(stored)).ContentHash(record.DueDefaulted, stored.ContentKey); err != nil || sum != record.ContentSHA256 {
		t.Errorf("contentSha256 is another (%v)", err)
	}
}

// checkLeftOut checks whether the plan says that nobody was found.
func (f *intakeFixture) checkLeftOut(t *testing.T, said bool) {
	t.Helper()
	plan, found, err := f.Records.Plan(t.Context(), dsr.Attempt{RequestID: "r", Number: 1})
	if err != nil || !found {
		t.Fatalf("plan.json: found %t, %v", found, err)
	}
	if got := slices.ContainsFunc(plan.NotCovered, func(n dsr.NotCovered) bool { return n.Why == "notInDirectory" }); got != said {
		t.Errorf("notCovered %v", plan.NotCovered)
	}
}

func subjectOf(r dsr.SubjectRecord) *dsr.Subject {
	if cmp.Equal(r, dsr.SubjectRecord{}) {
		return nil
	}
	return &r.Subject
}

// TestAnAnswerThatIsRecordedStays delivers a request again when the directory says
// something else, or nothing.
func TestAnAnswerThatIsRecordedStays(t *testing.T) {
	const ada = `{"userPrincipalName":"ada@example.org"}`
	gone := &people{}
	another := &people{byAddress: map[string][]dsr.DirectoryMatch{"ada@example.org": {{ObjectID: bobID, By: "mail"}}}}
	for name, c := range map[string]struct {
		first, then  *people
		before, body string
		reason       string
		id, outcome  string
	}{
		"another person has the name now":    {newPeople(), another, ada, ada, "", adaID, "found"},
		"the person is gone":                 {newPeople(), gone, ada, ada, "", adaID, "found"},
		"nobody is looked up any more":       {newPeople(), nil, ada, ada, "", adaID, "found"},
		"the person is there now":            {gone, newPeople(), ada, ada, "", "", "notFound"},
		"it was recorded without a look-up":  {nil, newPeople(), ada, ada, "", "", ""},
		"the same person by the object id":   {newPeople(), newPeople(), ada, `{"objectId":"` + adaID + `","userPrincipalName":"ada@example.org"}`, dsr.ReasonConflictingRequest, adaID, "found"},
		"another address of the same person": {newPeople(), newPeople(), ada, `{"userPrincipalName":"ada.mail@example.org"}`, dsr.ReasonConflictingRequest, adaID, "found"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newIntakeFixture(t)
			if err := f.acceptAbout(c.first, false, about(c.before)); err != nil {
				t.Fatal(err)
			}
			asked := 0
			if c.then != nil {
				asked = len(c.then.asked)
			}
			err := f.acceptAbout(c.then, false, about(c.body))
			if (c.reason == "") != (err == nil) || (err != nil && dsr.ReasonOf(err) != c.reason) {
				t.Errorf("again: %v, want %q", err, c.reason)
			}
			if c.then != nil && len(c.then.asked) > asked {
				t.Errorf("asked again: %v", c.then.asked)
			}
			record := f.recorded(t)
			outcome := ""
			if record.Subject.Lookup != nil {
				outcome = record.Subject.Lookup.Outcome
			}
			if record.Subject.ObjectID != c.id || outcome != c.outcome {
				t.Errorf("recorded %+v", record.Subject)
			}
		})
	}
}

// TestADeliveryThatStoppedEarlyIsNotLookedUpAgain stops after subject.json, the first thing
// that is recorded of the answer.
func TestADeliveryThatStoppedEarlyIsNotLookedUpAgain(t *testing.T) {
	f, p := newIntakeFixture(t), newPeople()
	ada := dsr.Subject{UserPrincipalName: "ada@example.org"}
	found := ada.LookedUp(adaID, dsr.DirectoryLookup{Outcome: dsr.LookupFound, By: []string{"mail"}, From: "https://graph.example", At: f.Time()})
	if _, err := f.Records.RecordSubjectRecord(t.Context(), "r", &dsr.SubjectRecord{Subject: *found}); err != nil {
		t.Fatal(err)
	}

	if err := f.acceptAbout(p, true, about(`{"userPrincipalName":"ada@example.org"}`)); err != nil {
		t.Fatal(err)
	}
	if len(p.asked) > 0 {
		t.Errorf("asked for %v", p.asked)
	}
	f.checkLookup(t, adaID, "found", []string{"mail"})
}

// TestOfTwoDeliveriesTheFirstAnswerCounts looks a subject up in two deliveries at once, of
// which the slower one hears of another person.
func TestOfTwoDeliveriesTheFirstAnswerCounts(t *testing.T) {
	f := newIntakeFixture(t)
	body := about(`{"userPrincipalName":"ada@example.org"}`)
	slow := &people{byAddress: map[string][]dsr.DirectoryMatch{"ada@example.org": {{ObjectID: bobID, By: "mail"}}}}
	slow.meanwhile = func() {
		slow.meanwhile = nil
		if err := f.acceptAbout(newPeople(), false, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.acceptAbout(slow, false, body); err != nil {
		t.Fatal(err)
	}
	f.checkLookup(t, adaID, "found", []string{"userPrincipalName"})
}

// TestARequestWaitsForTheDirectory schedules a request again while the directory refuses.
func TestARequestWaitsForTheDirectory(t *testing.T) {
	f := newIntakeFixture(t)
	p := newPeople()
	p.err = dsr.Errorf(dsr.Transient, dsr.ReasonForbidden, "refused")
	body := about(`{"userPrincipalName":"ada@example.org"}`)
	if err := f.acceptAbout(p, false, body); err != nil {
		t.Fatal(err) // it is sent again later
	}
	if _, found, _ := f.Records.SubjectRecord(t.Context(), "r"); found || len(f.sent.lines) > 0 {
		t.Error("it was opened")
	}

	p.err = nil
	if err := f.acceptAbout(p, false, body); err != nil {
		t.Fatal(err)
	}
	f.checkLookup(t, adaID, "found", []string{"userPrincipalName"})
}

// TestWhatBelongsToAPersonNeedsTheObjectID refuses a deletion of the subject's own for
// somebody whom the directory does not have.
func TestWhatBelongsToAPersonNeedsTheObjectID(t *testing.T) {
	for subject, refused := range map[string]bool{
		`{"userPrincipalName":"ada@example.org"}`:                 false,
		`{"userPrincipalName":"old@example.org"}`:                 true,
		`{"userPrincipalName":"old@example.org","puid":"1003AA"}`: false,
	} {
		body := strings.NewReplacer(`"export"`, `"delete"`, `"id"`, `"subject":`+subject+`,"what":"subject","submittedBy":"o","id"`,
			`"location":"l","modelManagementAccount":"h"`, `"machineLearningWorkspaces":["*"]`).Replace(request)
		f, p := newIntakeFixture(t), newPeople()
		i := f.intake(directory{Directory: emptyDirectory{}})
		i.People = p
		err := i.Accept(t.Context(), fanout.Received{Body: []byte(body), EnqueuedTime: f.Time()})
		if (err != nil) != refused || (refused && dsr.ReasonOf(err) != dsr.ReasonSubjectObjectIDRequired) {
			t.Errorf("%s: %v", subject, err)
		}
	}
}

// emptyDirectory has no machine learning workspace.
type emptyDirectory struct{ fanout.Directory }

func (emptyDirectory) Within(context.Context, dsr.Target, dsr.Level) ([]dsr.Target, error) {
	return nil, nil
}

// TestASubjectThatWasLookedUpIsSentAgainAsItWasNamed opens a request from its record.
func TestASubjectThatWasLookedUpIsSentAgainAsItWasNamed(t *testing.T) {
	f := newIntakeFixture(t)
	if err := f.acceptAbout(newPeople(), false, about(`{"userPrincipalName":"ada@example.org"}`)); err != nil {
		t.Fatal(err)
	}
	subject, err := f.Records.Subject(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	m, err := dsr.ReopenMessage(f.recorded(t), subject, dsr.Attempt{RequestID: "r", Number: 1})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(m.Body), adaID) || strings.Contains(string(m.Body), "directoryLookup") {
		t.Errorf("sent %s", m.Body)
	}
	if err := f.acceptAbout(nil, false, string(m.Body)); err != nil {
		t.Error(err)
	}
}
