package fanout_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger/ledgertest"
	"azureml-dsr/internal/wakeup"
)

const request = `{"schemaVersion":"1.0","id":"r","kind":"export","dueAt":"2026-12-24T10:00:00Z",
 "scope":[{"subscriptionId":"s","resourceGroup":"g","location":"l","modelManagementAccount":"h"}]}`

// sentTasks collects the messages of tasks, each as the task's type and whether it may
// have been sent before.
type sentTasks struct{ lines []string }

func (s *sentTasks) Send(_ context.Context, queue string, messages ...dsr.Message) error {
	if queue != dsr.QueueExports && queue != dsr.QueueDeletes {
		return nil
	}
	for _, m := range messages {
		task, err := dsr.DecodeTask(m.Body)
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s: %s", queue, task.Type)
		if dsr.SentAgain(m.Properties) {
			line += ", maybe sent"
		}
		s.lines = append(s.lines, line)
	}
	return nil
}

// directory finds everything that it is asked for, and calls meanwhile on the way.
type directory struct {
	fanout.Directory
	meanwhile func()
}

func (d directory) Exists(context.Context, dsr.Target) error {
	if d.meanwhile != nil {
		d.meanwhile()
	}
	return nil
}

// intakeFixture opens attempts on records in memory.
type intakeFixture struct {
	*ledgertest.Attempt
	sent sentTasks
}

func (f *intakeFixture) intake(d directory) *fanout.Intake {
	return &fanout.Intake{
		Ledger:         f.Records,
		Queue:          &f.sent,
		Directory:      d,
		Wakeups:        wakeup.New(&f.sent, f.Look),
		Validator:      newValidator(f.T),
		Types:          types,
		Deletions:      rows,
		DeletesEnabled: true,
		RetryDelays:    []time.Duration{time.Hour},
		Now:            f.Look,
		Logger:         slog.New(slog.DiscardHandler),
	}
}

func (f *intakeFixture) accept(d directory, body string) error {
	return f.intake(d).Accept(f.T.Context(), fanout.Received{Body: []byte(body), EnqueuedTime: f.Time()})
}

func TestADeliverySendsTheFirstTasksOfItsPlan(t *testing.T) {
	exports := []string{"dsr-exports: hosting-account", "dsr-exports: models"}
	maybeSent := []string{"dsr-exports: hosting-account, maybe sent", "dsr-exports: models, maybe sent"}
	deletes := strings.NewReplacer(`"export"`, `"delete"`, `"id"`,
		`"subject":{"objectId":"o"},"submittedBy":"o","confirm":["/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningModelManagement/accounts/h"],"id"`).Replace(request)

	for name, tt := range map[string]struct {
		earlier func(t *testing.T, f *intakeFixture)
		during  func(t *testing.T, f *intakeFixture)
		body    string
		want    []string
		reason  string
	}{
		"of a new request":                  {body: request, want: exports},
		"and none of what waits for others": {body: deletes, want: exports},
		"again, when an earlier delivery has recorded the plan": {
			earlier: func(t *testing.T, f *intakeFixture) { f.mustAccept(t, request) },
			body:    request,
			want:    slices.Concat(exports, maybeSent),
		},
		"again, when a concurrent delivery records the plan first": {
			during: func(t *testing.T, f *intakeFixture) { f.mustAccept(t, request) },
			body:   request,
			want:   slices.Concat(exports, maybeSent),
		},
		"unless the attempt is closed": {
			earlier: func(t *testing.T, f *intakeFixture) {
				f.mustAccept(t, request)
				if err := f.Store.Put(t.Context(), dsr.Attempt{RequestID: "r", Number: 1}.Manifest(), []byte("{}"), nil); err != nil {
					t.Fatal(err)
				}
			},
			body: request,
			want: exports,
		},
		"unless its id is that of another request": {
			earlier: func(t *testing.T, f *intakeFixture) { f.mustAccept(t, request) },
			body:    strings.Replace(request, `"l"`, `"elsewhere"`, 1),
			want:    exports,
			reason:  dsr.ReasonConflictingRequest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := &intakeFixture{Attempt: ledgertest.NewAttempt(t)}
			f.Step = time.Second
			if tt.earlier != nil {
				tt.earlier(t, f)
			}

			d := directory{}
			if tt.during != nil {
				d.meanwhile = func() { tt.during(t, f) }
			}

			err := f.accept(d, tt.body)
			if tt.reason == "" && err != nil {
				t.Fatal(err)
			}
			if tt.reason != "" && (dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != tt.reason) {
				t.Errorf("got %v, want a permanent %s", err, tt.reason)
			}
			if diff := cmp.Diff(tt.want, f.sent.lines); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
		})
	}
}

func (f *intakeFixture) mustAccept(t *testing.T, body string) {
	t.Helper()
	if err := f.accept(directory{}, body); err != nil {
		t.Fatal(err)
	}
}
