package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStatusShowsEachStateOfARequest(t *testing.T) {
	later := storedTime.Add(10 * 24 * time.Hour)
	for _, c := range []struct {
		name  string
		steps func(*storedRequest)
		now   time.Time
		want  string
	}{
		{"received, before the plan", func(s *storedRequest) { s.open() }, storedTime,
			"req-1  export  attempt=1  received  due=2026-12-23  daysLeft=30\n"},
		{"running, with tasks that wait for their turn, for their time, and not at all", func(s *storedRequest) {
			s.open()
			s.planIt()
			s.list(s.task(2, 0), "one", "two", "three", "four")
			s.work(s.task(2, 0), "E03", "one")
			s.fail(s.task(2, 1))
			s.hop(s.task(2, 2), 1, later.Add(time.Hour))
			s.hop(s.task(2, 3), 1, later.Add(time.Hour))
			s.hop(s.task(2, 3), 2, later.Add(-time.Hour)) // its time has come
		}, later, "req-1  export  attempt=1  running  due=2026-12-23  daysLeft=20\n" +
			"hosting-account  done=0  waiting=1  scheduled=0  until=-  failed=0\n" +
			"models  done=1  waiting=1  scheduled=1  until=2026-12-03T11:00:00Z  failed=1\n"},
		{"overdue", func(s *storedRequest) { s.open() }, storedTime.AddDate(0, 1, 1).Add(time.Second),
			"req-1  export  attempt=1  received  due=2026-12-23  daysLeft=-1\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newStoredRequest(t)
			c.steps(s)
			a, out, _ := testApp(t, nil)
			a.now = func() time.Time { return c.now }
			if err := runStatus(t.Context(), a, s.Connections, statusOptions{id: "req-1"}); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("got:\n%swant:\n%s", out, c.want)
			}
		})
	}
}

func TestStatusOfAClosedRequestIsItsManifests(t *testing.T) {
	a, out, _ := testApp(t, nil)
	a.now = func() time.Time { return storedTime }
	if err := runStatus(t.Context(), a, closedRequest(t).Connections, statusOptions{id: "req-1", json: true}); err != nil {
		t.Fatal(err)
	}
	want := `{"id":"req-1","kind":"export","attempt":1,"state":"succeeded","due":"2026-12-23T10:00:00Z","daysLeft":30,"types":[` +
		`{"type":"hosting-account","done":1,"waiting":0,"scheduled":0,"until":null,"failed":0},` +
		`{"type":"models","done":2,"waiting":0,"scheduled":0,"until":null,"failed":0}]}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out, want)
	}
}

func TestStatusOfAnUnknownRequestIsNotFound(t *testing.T) {
	a, _, _ := testApp(t, nil)
	if err := runStatus(t.Context(), a, newStoredRequest(t).Connections, statusOptions{id: "req-9", watch: true}); exitCode(err) != exitNotFound {
		t.Errorf("got %v", err)
	}
}

func TestWatchingEndsWhenTheRequestIsClosed(t *testing.T) {
	for _, c := range []struct {
		name     string
		end      func(*storedRequest)
		terminal bool
		code     int
		want     []string // lines that are printed, in this order
	}{
		{"well", func(s *storedRequest) { s.work(s.task(2, 0), "E03", "one") }, false, exitDone, []string{
			"running", "models  done=0  waiting=1", "running", "models  done=1  waiting=0", "succeeded", "models  done=1  waiting=0",
		}},
		{"badly", func(s *storedRequest) { s.fail(s.task(2, 0)) }, false, exitNotGood, []string{"running", "failed=1", "partiallyFailed"}},
		{"well, with a bar on a terminal", func(s *storedRequest) { s.work(s.task(2, 0), "E03", "one") }, true, exitDone,
			[]string{"\r", "1/2", "running", "\n", "succeeded"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStoredRequest(t)
				s.open()
				s.planIt()
				s.list(s.task(1, 0), accountID)
				s.list(s.task(2, 0), "one")
				s.work(s.task(1, 0), "E01", accountID)
				a, out, _ := testApp(t, nil)
				a.IsTerminal = c.terminal
				ended := make(chan error)
				go func() { ended <- runStatus(t.Context(), a, s.Connections, statusOptions{id: "req-1", watch: true}) }()
				for _, step := range []func(){func() { c.end(s) }, s.close} {
					synctest.Wait()
					step()
					<-time.After(watchInterval) // of the bubble's clock
				}
				if err := <-ended; exitCode(err) != c.code {
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
		s := newStoredRequest(t)
		s.open()
		a, _, _ := testApp(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- runStatus(ctx, a, s.Connections, statusOptions{id: "req-1", watch: true}) }()
		synctest.Wait()
		cancel()
		if err := <-ended; exitCode(err) != exitFailed {
			t.Errorf("ended with %v", err)
		}
	})
}

// held is a request queue that holds one request.
type held string

func (h held) Holds(_ context.Context, queue, property, value string) (bool, error) {
	return queue == "dsr-requests" && property == "requestId" && value == string(h), nil
}

func TestStatusOfARequestThatWaitsInItsQueueIsReceived(t *testing.T) {
	missing := notFound(nil)
	s, err := queuedStatus(t.Context(), held("req-1"), "req-1", missing)
	if err != nil {
		t.Fatal(err)
	}
	a, out, _ := testApp(t, nil)
	if err := s.show(a, false); err != nil || out.String() != "req-1  -  attempt=1  received  due=-  daysLeft=-\n" {
		t.Errorf("%v, printed %q", err, out)
	}
	if _, err := queuedStatus(t.Context(), held("req-1"), "req-2", missing); exitCode(err) != exitNotFound {
		t.Errorf("another request: %v", err)
	}
}

func TestDaysLeftAreThoseOfTheCalendar(t *testing.T) {
	due := time.Date(2026, 12, 24, 8, 0, 0, 0, time.UTC)
	for now, want := range map[string]int{
		"2026-11-24T08:00:01Z": 30, "2026-11-24T23:59:59Z": 30, "2026-12-23T23:00:00Z": 1,
		"2026-12-24T07:00:00Z": 0, "2026-12-24T09:00:00Z": -1, "2026-12-26T00:00:00Z": -2,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := daysUntil(due, at); got != want {
			t.Errorf("at %s: %d, want %d", now, got, want)
		}
	}
}
