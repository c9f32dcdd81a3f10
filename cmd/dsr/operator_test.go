package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/rogpeppe/go-internal/testscript"

	azuremldsr "azureml-dsr"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
	"azureml-dsr/test/emulator/azurite"
	"azureml-dsr/test/emulator/servicebus"
)

// testNow is a variable that sets the clock of this binary when it runs as dsr.
const testNow = "DSR_TEST_NOW"

// operatorNow is the time in the stories. It is before the time of any message.
var operatorNow = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// playDSR is main, with a clock that stands still where a story sets one.
func playDSR() {
	e := cli.SystemEnv()
	if text := os.Getenv(testNow); text != "" {
		if now, err := time.Parse(time.RFC3339, text); err == nil {
			e.Now, e.User = func() time.Time { return now }, "tester"
		}
	}
	os.Exit(run(cli.Interruptible(), e, os.Args[1:]))
}

// TestOperatorScripts runs the stories in testdata/operator. Each has a broker, three
// empty containers and an empty Azure ML, and no worker.
func TestOperatorScripts(t *testing.T) {
	storage, err := azurite.Start(t.Context(), azurite.Options{})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { mustDo(t, storage.Stop) })
	upstream := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(upstream.Close)
	queues, err := servicebus.ParseConfig(strings.NewReader(azuremldsr.QueuesJSON))
	if err != nil {
		t.Fatal(err)
	}

	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/operator",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			name := strings.ReplaceAll(strings.TrimPrefix(filepath.Base(e.WorkDir), "script-"), "_", "-")
			broker := servicebus.Start(t, queues)
			values := map[string]string{
				"ServiceBusConnection":             broker.ConnectionString(),
				"ExportStorage":                    storage.ConnectionString(),
				"LIST_PAGE_SIZE":                   "1000",
				"EXPORT_CONTAINER":                 name + "-exports",
				"AUDIT_CONTAINER":                  name + "-audit",
				"INDEX_CONTAINER":                  name + "-index",
				"AZUREML_ARM_ENDPOINT":             upstream.URL,
				"AZUREML_MODELMANAGEMENT_ENDPOINT": upstream.URL,
				"AZUREML_EXPERIMENTS_ENDPOINT":     upstream.URL,
				"AZUREML_TOKEN":                    "token",
				testNow:                            operatorNow.Format(time.RFC3339),
			}
			for name, value := range values {
				e.Setenv(name, value)
			}

			s, err := config.LoadStores(config.FromMap(values))
			if err != nil {
				return err
			}
			c, err := s.Dial(nil)
			if err != nil {
				return err
			}

			e.Defer(func() { mustDo(t, c.Close) })
			e.Values[stageKey{}] = &stage{t: t, Connections: c, broker: broker}
			return c.EnsureContainers(t.Context())
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"again":   stageAgain,
			"attempt": stageAttempt,
			"bury":    stageBury,
			"erased":  stageErased,
			"foreign": stageForeign,
			"made":    stageMade,
			"park":    stagePark,
			"person":  stagePerson,
			"planned": stagePlanned,
			"purged":  stagePurged,
			"request": stageRequest,
			"stored":  stageStored,
			"waiting": stageWaiting,
		},
	})
}

// stage is the environment of a story's own commands.
type stage struct {
	t *testing.T
	*config.Connections
	broker *servicebus.Server
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript, args []string, want int) *stage {
	if len(args) != want {
		ts.Fatalf("want %d arguments", want)
	}
	return ts.Value(stageKey{}).(*stage)
}

// stageRequest is `request ID DUE STATE`: it stores a request in one of its states.
func stageRequest(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 3)
	ctx := context.Background()
	a := dsr.Attempt{RequestID: args[0], Number: 1}
	due, err := time.Parse(time.RFC3339, args[1])
	ts.Check(err)
	ts.Check(openIndex(ctx, s, dsr.OpenRecord{RequestID: a.RequestID, Attempt: 1, DueAt: due}))
	request := dsr.Request{
		SchemaVersion: dsr.SchemaVersion,
		ID:            a.RequestID,
		Kind:          dsr.KindExport,
		DueAt:         due,
	}
	_, err = s.Ledger.RecordRequest(ctx, dsr.NewRequestRecord(request, "", false, operatorNow))
	ts.Check(err)
	if args[2] == operator.StateReceived {
		return
	}

	_, err = s.Ledger.RecordPlan(ctx, dsr.Plan{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     a.RequestID,
		Attempt:       1,
		Kind:          dsr.KindExport,
		Nodes: []dsr.Node{
			{Number: 1, Type: "models", Target: "/subscriptions/s"}, {Number: 2, Type: "runs", Target: "/subscriptions/s"},
		},
	})
	ts.Check(err)
	if args[2] == operator.StateRunning {
		return
	}

	status := dsr.Status(args[2])
	if args[2] == "removed" { // closed, and its documents are gone
		status = dsr.StatusFailed
		_, err := s.Ledger.RecordRetention(ctx, ledger.Expired{Attempt: a, Index: a.Expires(due)}, dsr.Retention{RequestID: a.RequestID, Attempt: 1}, time.Now().Add(patience))
		ts.Check(err)
	}

	body, err := json.Marshal(dsr.Manifest{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     a.RequestID,
		Attempt:       1,
		Kind:          dsr.KindExport,
		Status:        status,
		ClosedAt:      operatorNow,
	})
	ts.Check(err)
	_, err = s.Audit.Create(ctx, a.Manifest(), body, nil)
	ts.Check(err)
	ts.Check(s.Ledger.RemoveOpen(ctx, a))
}

// stageAttempt is `attempt ID STATE`: it stores the second attempt of a closed request, which
// is closed in a state.
func stageAttempt(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 2)
	ctx := context.Background()
	first, second := dsr.Attempt{RequestID: args[0], Number: 1}, dsr.Attempt{RequestID: args[0], Number: 2}
	plan, _, err := s.Ledger.Plan(ctx, first)
	ts.Check(err)
	_, sum, _, err := s.Ledger.Manifest(ctx, first)
	ts.Check(err)

	_, err = s.Ledger.RecordRetry(ctx, dsr.Retry{
		RequestID:   args[0],
		Attempt:     2,
		Previous:    dsr.HashRef{SHA256: sum},
		RequestedAt: operatorNow,
	})
	ts.Check(err)
	plan.Attempt = 2
	_, err = s.Ledger.RecordPlan(ctx, plan)
	ts.Check(err)

	body, err := json.Marshal(dsr.Manifest{
		SchemaVersion: dsr.SchemaVersion,
		RequestID:     args[0],
		Attempt:       2,
		Kind:          dsr.KindExport,
		Status:        dsr.Status(args[1]),
		ClosedAt:      operatorNow,
	})
	ts.Check(err)
	_, err = s.Audit.Create(ctx, second.Manifest(), body, nil)
	ts.Check(err)
}

// stageStored is `stored STATE`: it records request req-1 as the worker does, until it is
// closed, failed (closed with a failure) or running. It is everybody's, and names nobody, but
// in the states named (of two models one names the subject), stranger (nothing does), mine (of
// two models one is the subject's own) and mine-failed (the other one was refused).
func stageStored(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	r := operatortest.Over(s.t, s.Connections)
	if args[0] == "named" || args[0] == "stranger" {
		r.Subject = &dsr.Subject{ObjectID: "o-1"}
	}
	if args[0] == "named" {
		r.Names = "one"
	}
	if strings.HasPrefix(args[0], "mine") {
		r.Subject, r.Body = &dsr.Subject{ObjectID: "o-1", UserPrincipalName: "ada@example.org"}, ownedModel
	}
	r.Open()
	r.MakePlan()
	r.List(r.Task(1, 0), operatortest.AccountID)
	r.List(r.Task(2, 0), "one", "two")
	r.Work(r.Task(2, 0), "E03", "one")

	switch args[0] {
	case "running":
		r.Hop(r.Task(2, 1), 1, operatorNow.Add(time.Hour))
	case "failed", "mine-failed":
		r.Work(r.Task(1, 0), "E01", operatortest.AccountID)
		r.Fail(r.Task(2, 1))
		r.CloseAttempt()

	case "closed", "named", "stranger", "mine":
		r.Work(r.Task(1, 0), "E01", operatortest.AccountID)
		r.Work(r.Task(2, 1), "E03", "two")
		r.CloseAttempt()

	default:
		ts.Fatalf("no such state: %s", args[0])
	}
}

// ownedModel is the document of a model: the first is Ada's, and names Grace, whose the other
// is.
func ownedModel(_, item string) string {
	ada := `{"userObjectId": "o-1", "userName": "Ada Example", "upn": "ada@example.org"}`
	grace := `{"userObjectId": "o-2", "userName": "Grace Hopper", "upn": "grace.hopper@example.org"}`
	switch item {
	case "one":
		return `{"name": "one", "createdBy": ` + ada + `, "modifiedBy": ` + grace + `, "description": "for ada@example.org, by Grace Hopper", "tags": {"note": "ask Grace first"}}`
	case "two":
		return `{"name": "two", "createdBy": ` + grace + `}`
	default:
		return `{"name": "` + item + `"}`
	}
}

// stageForeign is `foreign NAME`: it stores a blob that nothing names.
func stageForeign(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	_, err := s.Exports.Create(context.Background(), args[0], []byte("x"), nil)
	ts.Check(err)
}

// stageBury is `bury QUEUE REASON DESCRIPTION FILE`: it sends a file and makes it a dead
// letter.
func stageBury(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 4)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	var request struct{ ID string }
	body := []byte(ts.ReadFile(args[3]))
	_ = json.Unmarshal(body, &request) // a message need not be a request
	ts.Check(s.Bus.Send(ctx, args[0], dsr.Message{ID: args[3], Body: body, Properties: map[string]any{dsr.PropRequestID: request.ID}}))
	client, err := azservicebus.NewClientFromConnectionString(s.broker.ConnectionString(), nil)
	ts.Check(err)
	defer func() { _ = client.Close(ctx) }()

	r, err := client.NewReceiverForQueue(args[0], nil)
	ts.Check(err)
	got, err := r.ReceiveMessages(ctx, 1, nil)
	ts.Check(err)
	ts.Check(s.Bus.MoveToDeadLetter(ctx, args[0], got[0].LockToken, args[1], args[2]))
}

// stagePark is `park FILE`: it parks a message that is no task.
func stagePark(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 1)
	ts.Check(s.Ledger.RecordPoison(context.Background(), dsr.DeadLetter{
		Queue:          dsr.QueueExports,
		SequenceNumber: 7,
		MessageID:      "m",
		EnqueuedTime:   operatorNow.Add(-26 * time.Hour),
		Reason:         dsr.ReasonUnknownTask,
		Description:    "nothing names it",
		Body:           []byte(ts.ReadFile(args[0])),
	}))
}

// stageWaiting is `waiting QUEUE N`: it checks that a queue holds N messages, due or not.
func stageWaiting(ts *testscript.TestScript, _ bool, args []string) {
	s := stageOf(ts, args, 2)
	counts := s.broker.Counts(args[0])
	if got := strconv.Itoa(counts.Active + counts.Scheduled); got != args[1] {
		ts.Fatalf("%s holds %s messages, want %s", args[0], got, args[1])
	}
}

// openIndex adds an attempt to the index of open requests.
func openIndex(ctx context.Context, s *stage, o dsr.OpenRecord) error {
	_, err := s.Ledger.SwapOpen(ctx, o, ledger.Version{})
	return err
}
