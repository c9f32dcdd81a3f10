package main

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
)

func TestABodyIsShownWithoutThePerson(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"a subject's values, not their names": {
			`{"id":"r","subject":{"objectId":"o-1","mail":["a@x","b@x"]}}`, `{"id":"r","subject":{"mail":"***","objectId":"***"}}`},
		"a subject's values elsewhere": {
			`{"source":"from A@X","confirm":["/s/a@x"],"hold":["keep"],"subject":{"mail":["a@x"]}}`,
			`{"confirm":["***"],"hold":["keep"],"source":"***","subject":{"mail":"***"}}`},
		"a request in a CloudEvent": {
			`{"specversion":"1.0","subject":"o-1","data":{"id":"r-1","kind":"export","subject":{"puid":"p"}}}`,
			`{"data":{"id":"r-1","kind":"export","subject":{"puid":"***"}},"specversion":"1.0","subject":"***"}`},
		"a subject that is misspelt":           {`{"Subject":{"mail":"a@x"},"sbj":"a","source":"a@x"}`, `{"Subject":"***","sbj":"***","source":"***"}`},
		"members that nothing has":             {`{"subject":{"x":1},"a@x":1,"source":{"given":"A"}}`, `{"***":"***","source":{"given":"***"},"subject":{"***":"***"}}`},
		"numbers as they were written":         {`{"attempt":1.0,"chunk":12345678901234567890}`, `{"attempt":1.0,"chunk":12345678901234567890}`},
		"nothing of what is no object":         {`["a@x"]`, `"*** (7 bytes that are no JSON object)"`},
		"nothing of what is more than one":     {`{} {"x":1}`, `"*** (10 bytes that are no JSON object)"`},
		"nothing of what is no JSON":           {`a@x`, `"*** (3 bytes that are no JSON object)"`},
		"nothing of null, which is no request": {`null`, `"*** (4 bytes that are no JSON object)"`},
	} {
		if got := string(shownBody([]byte(c.body), false)); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	for body, want := range map[string]string{`{"a": 1}`: `{"a": 1}`, "a\x1b[2J": `"a\u001b[2J"`} {
		if got := string(shownBody([]byte(body), true)); got != want {
			t.Errorf("revealed: %s", got)
		}
	}
}

func FuzzAMaskedBodyHoldsNothingOfTheSubject(f *testing.F) {
	for _, seed := range []string{
		`"x SecretPerson"`, `"secret\u0070erson"`, `{"name":"secretperson"}`, `["secretperson",{"secretperson":1}]`, `1,"data":{"secretperson":[]}`,
		`1,"subject":"x"`, `1}`, `{"subject":{"secretperson":{}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		masked, ok := maskBody([]byte(`{"source":` + value + `,"subject":{"mail":["secretperson"]}}`))
		if ok && strings.Contains(strings.ToLower(string(masked)), "secretperson") {
			t.Errorf("%s shows as %s", value, masked)
		}
	})
}

func TestTheAgeOfADeadLetterIsShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "0m", 59 * time.Second: "0m", 61 * time.Minute: "1h1m", 26 * time.Hour: "1d2h", 14 * 24 * time.Hour: "14d0h",
	} {
		if got := age(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}

func TestWhatOthersWroteCannotMoveTheCursor(t *testing.T) {
	a, out, _ := testApp(t, nil)
	printDead(a, deadLetter{Sequence: "1", Reason: "a\x1b[2Jb", Description: "c\r\nd", Age: "0m"})
	if got := out.String(); got != "1  -  a [2Jb  age=0m  c  d\n" {
		t.Errorf("printed %q", got)
	}
}

// deadFake is a store whose second letter somebody else holds.
type deadFake struct{ purged []string }

func (f *deadFake) all(context.Context) iter.Seq2[deadLetter, error] {
	return func(yield func(deadLetter, error) bool) {
		for _, s := range []string{"1", "2"} {
			if !yield(deadLetter{Sequence: s}, nil) {
				return
			}
		}
	}
}

func (f *deadFake) resubmit(context.Context, []string) ([]string, error) { return []string{"1"}, nil }

func (f *deadFake) purge(_ context.Context, sequences []string) ([]string, error) {
	f.purged = sequences
	return sequences, nil
}

func TestWhatCouldNotBeTakenIsCounted(t *testing.T) {
	a, out, _ := testApp(t, nil)
	f := &deadFake{}
	err := runDLQAct(t.Context(), a, f, dlqActOptions{all: true}, dlqAct{done: "resubmitted", do: f.resubmit, audit: archive.New(memory.New(), nil)})
	if exitCode(err) != exitFailed || !strings.Contains(err.Error(), "1 of 2 are gone or held") || out.String() != "1  resubmitted\n" {
		t.Errorf("%v, printed %q", err, out)
	}
}

func TestOnlyAYesIsOne(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, " Yes \n": true, "n\n": false, "\n": false, "": false, "yep\n": false} {
		a, _, errOut := testApp(t, nil)
		a.In = strings.NewReader(answer)
		if got := a.confirm(t.Context(), "Sure?"); got != want {
			t.Errorf("%q: %t", answer, got)
		}
		if errOut.String() != "Sure? [y/N] " {
			t.Errorf("asked %q", errOut)
		}
	}
}

func TestANoAtTheTerminalRemovesNothing(t *testing.T) {
	for answer, want := range map[string]int{"n\n": 0, "y\n": 2} {
		a, _, errOut := testApp(t, nil)
		a.In, a.CanAsk = strings.NewReader(answer), true
		f := &deadFake{}
		o := dlqActOptions{queue: "dsr-requests", all: true}
		audit := memory.New()
		err := runDLQAct(t.Context(), a, f, o, dlqAct{done: "purged", sure: o.askToPurge(a), do: f.purge, audit: archive.New(audit, nil)})
		if len(f.purged) != want || (err != nil) != (want == 0) {
			t.Errorf("%q: purged %v, %v", answer, f.purged, err)
		}
		records := 0
		for info, err := range audit.List(t.Context(), "_disposals/", "") {
			if records++; err != nil || !strings.HasSuffix(info.Name, "-purged.json") {
				t.Errorf("%s, %v", info.Name, err)
			}
		}
		if records != want {
			t.Errorf("%q: %d records of %d removals", answer, records, want)
		}
		if !strings.HasPrefix(errOut.String(), "Remove 2 dead letters of dsr-requests for good?") {
			t.Errorf("asked %q", errOut)
		}
	}
}

func TestAParkedMessageIsSentWithAnotherID(t *testing.T) {
	s := newStoredRequest(t)
	s.must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{Queue: "dsr-exports", SequenceNumber: 7, MessageID: "old", EnqueuedTime: storedTime, Body: []byte("{}")}))
	var to sent
	p := poison{blobs: s.Index, queues: &to}
	done, err := p.resubmit(t.Context(), []string{"dsr-exports/20261123T100000Z-7", "dsr-exports/gone"})
	if err != nil || len(done) != 1 || len(to.messages) != 1 {
		t.Fatalf("done %v, sent %v, %v", done, to.messages, err)
	}
	if m := to.messages[0]; to.queue != "dsr-exports" || m.ID == "old" || m.ID == "" || string(m.Body) != "{}" || !dsr.SentAgain(m.Properties) {
		t.Errorf("sent %+v to %s", m, to.queue)
	}
	for d, err := range p.all(t.Context()) {
		t.Errorf("still there: %+v, %v", d, err)
	}
}
