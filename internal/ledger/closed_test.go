package ledger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
)

func TestTheIndexOfClosedAttemptsHasTheLatestFirst(t *testing.T) {
	audit, index := archive.New(memory.New(), nil), archive.New(memory.New(), nil)
	l := ledger.New(audit, archive.New(memory.New(), nil), index)
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	manifest := func(hours int, status dsr.Status) dsr.Manifest {
		return dsr.Manifest{
			Kind:            dsr.KindExport,
			Status:          status,
			SubmittedAt:     at.AddDate(0, 0, -9),
			DueAt:           at.AddDate(0, 0, 21),
			ClosedAt:        at.Add(time.Duration(hours) * time.Hour),
			Failures:        []dsr.Failure{{Reason: dsr.ReasonForbidden}, {Reason: dsr.ReasonForbidden}},
			FailuresOmitted: 3,
		}
	}
	for i, id := range []string{"first", "second", "third"} {
		for range 2 { // a crash between this and the next step repeats it
			if err := l.RecordClosed(t.Context(), dsr.Attempt{RequestID: id, Number: 1}, manifest(i, dsr.StatusFailed)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := index.Create(t.Context(), dsr.ClosedPrefix+"something else", []byte("{}"), nil); err != nil {
		t.Fatal(err)
	}

	if got := listed(t, l, 1); got != "third/1 second/1 first/1" {
		t.Errorf("listed %q", got)
	}

	// The next attempt takes the place of the one before.
	body := fmt.Sprintf(`{"schemaVersion":"1.0","closedAt":%q}`, at.Add(time.Hour).Format(time.RFC3339))
	if _, err := audit.Create(t.Context(), "second/1/manifest.json", []byte(body), nil); err != nil {
		t.Fatal(err)
	}
	if err := l.RecordClosed(t.Context(), dsr.Attempt{RequestID: "second", Number: 2}, manifest(9, dsr.StatusSucceeded)); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, l, 2); got != "second/2 third/1 first/1" {
		t.Errorf("listed %q", got)
	}

	page, _, err := l.ListClosed(t.Context(), "", 1)
	want := dsr.ClosedMark{
		Attempt:     dsr.Attempt{RequestID: "second", Number: 2},
		Name:        page[0].Name,
		ClosedAt:    at.Add(9 * time.Hour),
		Kind:        dsr.KindExport,
		Status:      dsr.StatusSucceeded,
		SubmittedAt: at.AddDate(0, 0, -9),
		DueAt:       at.AddDate(0, 0, 21),
		Failures:    5,
		Reason:      dsr.ReasonForbidden,
	}
	if err != nil || page[0] != want {
		t.Errorf("%+v, %v", page, err)
	}
}

// listed returns all pages, of at most so many each.
func listed(t *testing.T, l *ledger.Ledger, most int) string {
	t.Helper()
	var names []string
	for from, more := "", true; more; {
		page, goesOn, err := l.ListClosed(t.Context(), from, most)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			names = append(names, fmt.Sprintf("%s/%d", m.RequestID, m.Number))
			from = m.Name + " "
		}
		more = goesOn && len(page) > 0
	}
	return strings.Join(names, " ")
}

// The last attempt of a retry that has done nothing leaves a request as it was.
func TestTheIndexSaysHowARequestStandsAndNotItsLastAttemptAlone(t *testing.T) {
	audit := archive.New(memory.New(), nil)
	l := ledger.New(audit, archive.New(memory.New(), nil), archive.New(memory.New(), nil))
	if _, err := audit.Create(t.Context(), "req-1/1/manifest.json", []byte(`{"schemaVersion":"1.0","status":"partiallyFailed"}`), nil); err != nil {
		t.Fatal(err)
	}

	second := dsr.Attempt{RequestID: "req-1", Number: 2}
	if err := l.RecordClosed(t.Context(), second, dsr.Manifest{Status: dsr.StatusFailed, ClosedAt: time.Unix(1e9, 0)}); err != nil {
		t.Fatal(err)
	}
	marks, _, err := l.ListClosed(t.Context(), "", 0)
	if err != nil || len(marks) != 1 || marks[0].Status != dsr.StatusPartiallyFailed {
		t.Errorf("%+v, %v", marks, err)
	}
}
