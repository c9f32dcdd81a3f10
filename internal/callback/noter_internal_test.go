package callback

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
)

const day = 24 * time.Hour

// hook is a callback that is never called here.
var hook = dsr.Callback{URL: "https://hooks.example.org/", Format: dsr.FormatCloudEvents}

// plan records the attempt's plan.
func (s *scene) plan(nodes ...dsr.Node) {
	s.t.Helper()
	_, err := s.ledger.RecordPlan(s.t.Context(), dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     "r",
		Attempt:       s.attempt.Number,
		Kind:          s.request.Kind,
		CreatedAt:     s.now,
		Nodes:         nodes,
	})
	s.must(err)
}

// planDeletion records the attempt's plan, and what it is to delete.
func (s *scene) planDeletion(stages ...dsr.Deletions) {
	s.t.Helper()
	s.request.Kind = dsr.KindDelete
	s.plan(dsr.Node{Number: 1, Type: dsr.DeleteType("models"), Target: "/subscriptions/s"})
	_, _, err := s.ledger.RecordDeletionPlan(s.t.Context(), dsr.DeletionPlan{RequestID: "r", Attempt: 1, CreatedAt: s.now, Stages: stages})
	s.must(err)
}

func TestWhatTheRecordsShowIsTold(t *testing.T) {
	succeeded, failed := &dsr.Manifest{Status: dsr.StatusSucceeded}, &dsr.Manifest{Status: dsr.StatusPartiallyFailed}
	extend := func(s *scene) {
		_, err := s.ledger.RecordExtension(s.t.Context(), dsr.Extension{RequestID: "r", DueAt: s.request.DueAt, Until: s.request.DueAt.AddDate(0, 2, 0), ExtendedAt: s.now})
		s.must(err)
	}

	for name, tt := range map[string]struct {
		happens func(*scene)
		with    []string // callbacks
		without []string
	}{
		"a request is received": {
			func(s *scene) { s.note(nil) },
			[]string{"received"}, nil,
		},
		"its plan is made": {
			func(s *scene) { s.plan(); s.note(nil) },
			[]string{"received", "started"}, nil,
		},
		"it is extended": {
			func(s *scene) { s.plan(); extend(s); s.note(nil) },
			[]string{"received", "started", "extended"}, nil,
		},
		"it is due in eight days": {
			func(s *scene) { s.now = s.request.DueAt.Add(-8 * day); s.note(nil) },
			[]string{"received"}, nil,
		},
		"it is due in seven": {
			func(s *scene) { s.now = s.request.DueAt.Add(-7 * day); s.note(nil) },
			[]string{"received", "dueSoon"}, []string{"dueSoon"},
		},
		"it is late": {
			func(s *scene) { s.now = s.request.DueAt; s.note(nil) },
			[]string{"received", "late"}, []string{"late"},
		},
		"it was late, and is extended": {
			func(s *scene) { s.now = s.request.DueAt; extend(s); s.note(nil) },
			[]string{"received", "extended"}, nil,
		},
		"each deadline comes near and passes": {
			func(s *scene) {
				due := s.request.DueAt
				for _, at := range []time.Time{due.Add(-7 * day), due.Add(-6 * day)} {
					s.now = at
					s.note(nil)
				}
				extend(s)
				for _, at := range []time.Time{due.Add(-day), due, due.AddDate(0, 2, -7), due.AddDate(0, 2, 0), due.AddDate(0, 2, 30)} {
					s.now = at
					s.note(nil)
				}
			},
			[]string{"received", "dueSoon", "extended", "dueSoon", "late"}, []string{"dueSoon", "dueSoon", "late"},
		},
		"a deletion plan waits": {
			func(s *scene) { s.planDeletion(); s.note(nil) },
			[]string{"received", "started", "needsApproval"}, []string{"needsApproval"},
		},
		"a deletion plan waits for nobody": {
			func(s *scene) { s.noter.RequireApproval = false; s.planDeletion(); s.note(nil) },
			[]string{"received", "started"}, nil,
		},
		"a dry run has a deletion plan": {
			func(s *scene) { s.request.DryRun = true; s.planDeletion(); s.note(nil) },
			[]string{"received", "started"}, nil,
		},
		"a deletion plan is approved": {
			func(s *scene) {
				s.planDeletion()
				_, err := s.ledger.RecordApproval(s.t.Context(), s.attempt, dsr.Approval{RequestID: "r"})
				s.must(err)
				s.note(nil)
			},
			[]string{"received", "started"}, nil,
		},
		"a deletion plan takes what is of others, and that is not acknowledged": {
			func(s *scene) { s.planDeletion(dsr.Deletions{Node: 1, Others: 3}); s.note(nil) },
			[]string{"received", "started"}, nil,
		},
		"a deletion plan takes what is of others, and that is": {
			func(s *scene) {
				s.request.AcknowledgeOthers = true
				s.planDeletion(dsr.Deletions{Node: 1, Others: 3})
				s.note(nil)
			},
			[]string{"received", "started", "needsApproval"}, []string{"needsApproval"},
		},
		"a deletion that waits is canceled": {
			func(s *scene) {
				s.planDeletion()
				s.must(s.store.Put(s.t.Context(), s.attempt.Cancel(), []byte("{}"), nil))
				s.note(nil)
				s.note(&dsr.Manifest{Status: dsr.StatusCanceled})
			},
			[]string{"received", "started", "canceled"}, nil,
		},
		"a request is refused": {
			func(s *scene) { s.plan(); s.note(&dsr.Manifest{Status: dsr.StatusRejected}) },
			[]string{"received", "started", "rejected"}, nil,
		},
		"an attempt succeeds that nobody looked at before": {
			func(s *scene) { s.plan(); s.note(succeeded) },
			[]string{"received", "started", "completed"}, nil,
		},
		"an attempt is closed late": {
			func(s *scene) { s.plan(); s.now = s.request.DueAt.Add(day); s.note(succeeded) },
			[]string{"received", "started", "completed"}, nil,
		},
		"an attempt fails, and the next succeeds": {
			func(s *scene) {
				s.plan()
				s.note(failed)
				s.attempt.Number = 2
				s.plan()
				s.note(nil)
				s.note(succeeded)
			},
			[]string{"received", "started", "failed", "started", "completed"}, []string{"failed"},
		},
		"two attempts fail": {
			func(s *scene) {
				s.note(failed)
				s.attempt.Number = 2
				s.note(failed)
			},
			[]string{"received", "failed", "failed"}, []string{"failed", "failed"},
		},
	} {
		for _, callbacks := range [][]dsr.Callback{{hook}, nil} {
			want := tt.with
			if callbacks == nil {
				want = tt.without
			}
			t.Run(name, func(t *testing.T) {
				s := newScene(t, callbacks...)
				tt.happens(s)
				if diff := cmp.Diff(want, s.changes()); diff != "" {
					t.Errorf("with %d callbacks (-want +got):\n%s", len(callbacks), diff)
				}
				if n := len(s.queue.messages); n != len(want)*len(callbacks) {
					t.Errorf("%d messages of %d changes to %d callbacks", n, len(want), len(callbacks))
				}
			})
		}
	}
}

// TestEachChangeIsToldOnce notes the same several times, and in processes that know nothing
// of one another.
func TestEachChangeIsToldOnce(t *testing.T) {
	s := newScene(t, hook, dsr.Callback{URL: "https://hooks.example.org/other", Format: dsr.FormatCloudEvents})
	s.planDeletion()
	s.now = s.request.DueAt.Add(-day)
	for range 2 {
		s.note(nil)
		s.noter = &Noter{Ledger: s.ledger, Queue: s.queue, RequireApproval: true, Now: s.noter.Now, Logger: s.noter.Logger}
		s.note(nil)
	}

	if diff := cmp.Diff([]string{"received", "started", "needsApproval", "dueSoon"}, s.changes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"r~1~1", "r~1~2", "r~2~1", "r~2~2", "r~3~1", "r~3~2", "r~4~1", "r~4~2"}, s.sent()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
	for _, line := range []string{"due soon", "needs approval"} {
		if n := s.logged(line); n != 1 {
			t.Errorf("%d lines %q", n, line)
		}
	}
}

func TestAlertsAreLoggedOnceByTheirFixedNames(t *testing.T) {
	s := newScene(t)
	s.planDeletion()
	for _, at := range []time.Time{s.request.DueAt.Add(-day), s.request.DueAt} {
		s.now = at
		s.note(nil)
		s.note(nil)
	}
	s.note(&dsr.Manifest{
		Status:          dsr.StatusFailed,
		Failures:        make([]dsr.Failure, 2),
		FailuresOmitted: 3,
		Totals:          dsr.Totals{"E19": {Documents: 30}, "E24": {Documents: 30}}, // the same ones
		Parts:           []dsr.ManifestPartRef{{Documents: 20}, {Documents: 10}},
	})
	s.note(&dsr.Manifest{Status: dsr.StatusFailed})

	for _, line := range []string{"needs approval", "due soon", "late", "failed"} {
		if n := s.logged(line); n != 1 {
			t.Errorf("%d lines %q:\n%s", n, line, s.log.String())
		}
	}
	if e, _, err := s.ledger.Event(t.Context(), "r", 4); err != nil || e.Failures != 5 || e.Documents != 30 || e.State != "failed" {
		t.Errorf("the event is %+v, %v", e, err)
	}
}

// TestTwoWritersGiveNoChangeTwoNumbers has another process write while one derives.
func TestTwoWritersGiveNoChangeTwoNumbers(t *testing.T) {
	s := newScene(t, hook)
	s.note(nil)
	other := &Noter{Ledger: s.ledger, Queue: s.queue, Now: s.noter.Now, Logger: s.noter.Logger}
	s.plan()
	s.must(other.Note(t.Context(), s.attempt, s.request, nil)) // received and started
	s.now = s.request.DueAt
	s.note(nil) // knows of received alone

	if diff := cmp.Diff([]string{"received", "started", "late"}, s.changes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"r~1~1", "r~2~1", "r~3~1"}, s.sent()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}

// TestAQueueThatIsAwayIsNotTriedAtEachChange holds that what is recorded stays, and that
// nothing more is sent for a minute.
func TestAQueueThatIsAwayIsNotTriedAtEachChange(t *testing.T) {
	s := newScene(t, hook)
	s.queue.err = errors.New("away")
	if err := s.noter.Note(t.Context(), s.attempt, s.request, nil); err == nil {
		t.Error("the failure is not told")
	}
	s.queue.err = nil

	s.plan()
	s.note(nil)
	if n := len(s.queue.messages); n > 0 {
		t.Errorf("%d messages within the minute", n)
	}
	s.now = s.now.Add(quiet)
	s.note(&dsr.Manifest{Status: dsr.StatusSucceeded})

	if diff := cmp.Diff([]string{"received", "started", "completed"}, s.changes()); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"r~3~1"}, s.sent()); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}
