package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

// waitsForPlan is the line of a request that the worker has not planned yet.
const waitsForPlan = "waitsFor  worker  the worker has not planned it yet; if that lasts for minutes, see whether the worker runs  `dsr doctor`\n"

// everybodys is the line of an open export that keeps everybody's documents.
const everybodys = "whose  everybody  the export is of everybody in its scope; once it is closed, `dsr status` counts the documents that name the subject\n"

func TestStatusShowsEachStateOfARequest(t *testing.T) {
	later := operatortest.Time.Add(10 * 24 * time.Hour)
	for _, c := range []struct {
		name  string
		steps func(*operatortest.Stored)
		now   time.Time
		want  string
	}{
		{"received, before the plan", func(s *operatortest.Stored) { s.Open() }, operatortest.Time,
			"req-1  export  attempt=1  received  due=2026-12-23  daysLeft=30\n" + waitsForPlan + everybodys},
		{"running, with tasks that are waiting, scheduled and due", func(s *operatortest.Stored) {
			s.Open()
			s.MakePlan()
			s.List(s.Task(2, 0), "one", "two", "three", "four")
			s.Work(s.Task(2, 0), "E03", "one")
			s.Fail(s.Task(2, 1))
			s.Hop(s.Task(2, 2), 1, later.Add(time.Hour))
			s.Hop(s.Task(2, 3), 1, later.Add(time.Hour))
			s.Hop(s.Task(2, 3), 2, later.Add(-time.Hour)) // its time has come
		}, later, "req-1  export  attempt=1  running  due=2026-12-23  daysLeft=20\n" +
			"hosting-account  done=0  waiting=1  scheduled=0  until=-  failed=0\n" +
			"models  done=1  waiting=1  scheduled=1  until=2026-12-03T11:00:00Z  failed=1\n" + everybodys},
		{"overdue", func(s *operatortest.Stored) { s.Open() }, operatortest.Time.AddDate(0, 1, 1).Add(time.Second),
			"req-1  export  attempt=1  received  due=2026-12-23  daysLeft=-1  LATE\n" + waitsForPlan + everybodys},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := operatortest.New(t)
			c.steps(s)
			e, out, _ := testEnv(t, nil)
			o, _ := s.Operator(c.now)
			if err := runStatus(t.Context(), e, o, statusOptions{id: "req-1"}); err != nil {
				t.Fatal(err)
			}

			if out.String() != c.want {
				t.Errorf("got:\n%swant:\n%s", out, c.want)
			}
		})
	}
}

func TestStatusOfAClosedRequestIsItsManifests(t *testing.T) {
	e, out, _ := testEnv(t, nil)
	o, _ := operatortest.Closed(t).Operator(operatortest.Time)
	if err := runStatus(t.Context(), e, o, statusOptions{id: "req-1", json: true}); err != nil {
		t.Fatal(err)
	}
	want := `{"id":"req-1","kind":"export","attempt":1,"state":"succeeded","due":"2026-12-23T10:00:00Z","daysLeft":30,"closedAt":"2026-11-23T10:00:00Z","late":false,"types":[` +
		`{"type":"hosting-account","done":1,"waiting":0,"scheduled":0,"until":null,"failed":0},` +
		`{"type":"models","done":2,"waiting":0,"scheduled":0,"until":null,"failed":0}],` +
		`"notCovered":[{"what":["telemetry"],"why":"no API of Azure ML gives it: the Azure portal's page for user privacy exports it"}],` +
		`"whose":"everybody","exported":{"documents":3,"matching":null},` +
		`"cost":{"upstreamCalls":3,"bytesRead":600,"storageWrites":6,"storageReads":9,"storageLists":3,"bytesWritten":1200,` +
		`"messages":9,"invocations":3,"milliseconds":210}}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out, want)
	}
}

func TestStatusOfAnUnknownRequestIsNotFound(t *testing.T) {
	e, _, _ := testEnv(t, nil)
	o, _ := operatortest.New(t).Operator(operatortest.Time)
	if err := runStatus(t.Context(), e, o, statusOptions{id: "req-9", watch: true}); cli.ExitCode(err) != cli.ExitNotFound {
		t.Errorf("got %v", err)
	}
}

func TestWatchingEndsWhenTheRequestIsClosed(t *testing.T) {
	for _, c := range []struct {
		name     string
		end      func(*operatortest.Stored)
		terminal bool
		code     int
		want     []string // lines that are printed, in this order
	}{
		{"well", func(s *operatortest.Stored) { s.Work(s.Task(2, 0), "E03", "one") }, false, cli.ExitDone, []string{
			"running", "models  done=0  waiting=1", "running", "models  done=1  waiting=0", "succeeded", "models  done=1  waiting=0",
		}},
		{"badly", func(s *operatortest.Stored) { s.Fail(s.Task(2, 0)) }, false, cli.ExitNotGood, []string{"running", "failed=1", "partiallyFailed"}},
		{"well, with a bar on a terminal", func(s *operatortest.Stored) { s.Work(s.Task(2, 0), "E03", "one") }, true, cli.ExitDone,
			[]string{"\r", "1/2", "running", "\n", "succeeded"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := operatortest.New(t)
				s.Open()
				s.MakePlan()
				s.List(s.Task(1, 0), operatortest.AccountID)
				s.List(s.Task(2, 0), "one")
				s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
				e, out, _ := testEnv(t, nil)
				e.IsTerminal = c.terminal
				o, _ := s.Operator(operatortest.Time)
				ended := make(chan error)
				go func() { ended <- runStatus(t.Context(), e, o, statusOptions{id: "req-1", watch: true}) }()

				for _, step := range []func(){func() { c.end(s) }, s.CloseAttempt} {
					synctest.Wait()
					step()
					<-time.After(watchInterval) // of the bubble's clock
				}

				if err := <-ended; cli.ExitCode(err) != c.code {
					t.Errorf("ended with %v", err)
				}

				rest := out.String()
				for _, want := range c.want {
					_, after, found := strings.Cut(rest, want)
					if !found {
						t.Fatalf("%q is not printed in its turn:\n%s", want, out)
					}
					rest = after
				}
			})
		})
	}
}

func TestWatchingStopsWhenItIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := operatortest.New(t)
		s.Open()
		e, _, _ := testEnv(t, nil)
		o, _ := s.Operator(operatortest.Time)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- runStatus(ctx, e, o, statusOptions{id: "req-1", watch: true}) }()
		synctest.Wait()
		cancel()

		if err := <-ended; cli.ExitCode(err) != cli.ExitFailed {
			t.Errorf("ended with %v", err)
		}
	})
}

func TestAWaitForAnApprovalIsToldAboveTheBarOnce(t *testing.T) {
	e, out, _ := testEnv(t, nil)
	e.IsTerminal = true
	view := &statusView{env: e, bar: cli.NewProgress(e.Streams)}
	s := operator.Status{
		ID:    "req-1",
		State: operator.StateAwaitingApproval,
		Waits: &operator.Wait{For: operator.WaitApproval, Text: "another person must approve it", Command: "dsr approve req-1 --by NAME"},
	}
	for range 3 {
		if err := view.show(s); err != nil {
			t.Fatal(err)
		}
	}

	const told = "waitsFor  approval  another person must approve it  `dsr approve req-1 --by NAME`\n"
	if n := strings.Count(out.String(), told); n != 1 {
		t.Errorf("told %d times:\n%s", n, out)
	}
}

func TestStatusOfARequestThatWaitsInItsQueueIsReceived(t *testing.T) {
	o, queues := operatortest.New(t).Operator(operatortest.Time)
	queues.Held = "req-1"
	e, out, _ := testEnv(t, nil)
	err := runStatus(t.Context(), e, o, statusOptions{id: "req-1"})
	if err != nil || out.String() != "req-1  -  attempt=1  received  due=-  daysLeft=-\n"+waitsForPlan {
		t.Errorf("%v, printed %q", err, out)
	}
	if err := runStatus(t.Context(), e, o, statusOptions{id: "req-2"}); cli.ExitCode(err) != cli.ExitNotFound {
		t.Errorf("another request: %v", err)
	}
}

func TestADeadLetterOfTheSameIDIsNeverWell(t *testing.T) {
	for _, watch := range []bool{false, true} {
		o, queues := operatortest.Closed(t).Operator(operatortest.Time)
		queues.DeadLetters = map[string][]bus.DeadMessage{dsr.QueueRequests: {{DeadLetter: dsr.DeadLetter{
			SequenceNumber: 7,
			Reason:         dsr.ReasonConflictingRequest,
			Body:           []byte(`{"id":"req-1"}`),
		}}}}
		e, out, _ := testEnv(t, nil)
		err := runStatus(t.Context(), e, o, statusOptions{id: "req-1", watch: watch})
		if cli.ExitCode(err) != cli.ExitNotGood || !strings.Contains(err.Error(), "dsr dlq show 7") || !strings.Contains(out.String(), "deadLetter  dsr-requests  7  ConflictingRequest") {
			t.Errorf("watching %t: %v, printed\n%s", watch, err, out)
		}
	}
}
