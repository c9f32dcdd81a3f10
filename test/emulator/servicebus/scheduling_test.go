package servicebus_test

import (
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

func schedulingStories() []story {
	return []story{
		{"a scheduled message comes at its time", false, testSchedule},
		{"a plain send with a time is scheduled too", false, testSendScheduled},
		{"a time that has passed is now", true, testPast},
		{"a cancelled message never comes", false, testCancel},
		{"cancelling what isn't scheduled is refused", true, testCancelUnknown},
		{"a scheduled duplicate is dropped", false, testScheduledDuplicate},
		{"time to live counts from the scheduled time", false, testScheduledTTL},
	}
}

func testSchedule(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	at := time.Now().Add(time.Hour)
	seqs, err := s.ScheduleMessages(t.Context(), []*azservicebus.Message{message("later"), message("also")}, at, nil)
	check(t, err)
	if len(seqs) != 2 || seqs[0] != 1 || seqs[1] != 2 {
		t.Fatalf("numbers %v", seqs)
	}

	send(t, s, message("now"))
	now := receive(t, r, 1)
	wantIDs(t, now, "now")
	check(t, r.CompleteMessage(t.Context(), now[0], nil))
	if got := receiveUpTo(t, r, 1, 59*time.Minute); len(got) != 0 {
		t.Fatalf("too early: %q", ids(got))
	}
	got := receiveUpTo(t, r, 2, 2*time.Minute)
	if ids(got) != "later" && ids(got) != "later also" {
		t.Fatalf("got %q", ids(got))
	}
	m := got[0]
	if *m.SequenceNumber <= 3 || m.EnqueuedTime.Before(at.Truncate(time.Millisecond)) || m.State != azservicebus.MessageStateActive {
		t.Fatalf("number %d, enqueued %v, state %d", *m.SequenceNumber, m.EnqueuedTime, m.State)
	}
	if !m.ScheduledEnqueueTime.Equal(at.Truncate(time.Millisecond)) {
		t.Fatalf("scheduled for %v", m.ScheduledEnqueueTime)
	}
}

func testSendScheduled(t *testing.T, h Harness) {
	c := h.Client(t)
	s, r := sender(t, c, "plain"), receiver(t, c, "plain", nil)
	m := message("later")
	m.ScheduledEnqueueTime = to.Ptr(time.Now().Add(time.Minute))
	send(t, s, m)
	if got := receiveUpTo(t, r, 1, 59*time.Second); len(got) != 0 {
		t.Fatal("too early")
	}
	wantIDs(t, receive(t, r, 1), "later")
}

func testPast(t *testing.T, h Harness) {
	c := h.Client(t)
	_, err := sender(t, c, "plain").ScheduleMessages(t.Context(), []*azservicebus.Message{message("a")}, time.Now().Add(-time.Hour), nil)
	check(t, err)
	wantIDs(t, receive(t, receiver(t, c, "plain", nil), 1), "a")
}

func testCancel(t *testing.T, h Harness) {
	c := h.Client(t)
	s := sender(t, c, "plain")
	seqs, err := s.ScheduleMessages(t.Context(), numbered(3), time.Now().Add(time.Minute), nil)
	check(t, err)
	check(t, s.CancelScheduledMessages(t.Context(), seqs[:2], nil))
	h.Wait(2 * time.Minute)
	r := receiver(t, c, "plain", nil)
	wantIDs(t, receive(t, r, 1), "m2")
	if got := receiveUpTo(t, r, 1, time.Minute/2); len(got) != 0 {
		t.Fatalf("got %q", ids(got))
	}
}

func testCancelUnknown(t *testing.T, h Harness) {
	c := h.Client(t)
	s := sender(t, c, "plain")
	send(t, s, message("active"))
	active, err := receiver(t, c, "plain", nil).PeekMessages(t.Context(), 1, nil)
	check(t, err)
	number := *active[0].SequenceNumber
	wantCode(t, s.CancelScheduledMessages(t.Context(), []int64{number}, nil), azservicebus.CodeNotFound)
	wantCode(t, s.CancelScheduledMessages(t.Context(), []int64{number + 1000}, nil), azservicebus.CodeNotFound)
}

func testScheduledDuplicate(t *testing.T, h Harness) {
	c := h.Client(t)
	s := sender(t, c, "dedup")
	at := time.Now().Add(time.Minute)
	for range 2 {
		_, err := s.ScheduleMessages(t.Context(), []*azservicebus.Message{message("a")}, at, nil)
		check(t, err)
	}

	again := message("a")
	again.ScheduledEnqueueTime = &at
	send(t, s, again, message("a"))
	h.Wait(2 * time.Minute)
	r := receiver(t, c, "dedup", nil)
	wantIDs(t, receive(t, r, 1), "a")
	if got := receiveUpTo(t, r, 1, time.Second); len(got) != 0 {
		t.Fatal("it came twice")
	}
}

func testScheduledTTL(t *testing.T, h Harness) {
	c := h.Client(t)
	_, err := sender(t, c, "brief").ScheduleMessages(t.Context(), []*azservicebus.Message{message("a")}, time.Now().Add(time.Hour), nil)
	check(t, err)
	h.Wait(time.Hour + 20*time.Second)
	wantIDs(t, receive(t, receiver(t, c, "brief", nil), 1), "a")
}
