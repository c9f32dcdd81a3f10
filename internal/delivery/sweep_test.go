package delivery_test

import (
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

func TestACopyExpires(t *testing.T) {
	s := newScene(t)
	s.made()
	s.now = s.now.Add(keep - 1)
	s.Must(s.sweep.Run(t.Context()))
	if s.zip() == nil || s.state().State != operator.CopyReady {
		t.Fatalf("before its time is up: %+v", s.state())
	}

	s.now = s.now.Add(1)
	if c := s.state(); c.State != operator.CopyExpired {
		t.Errorf("its time is up and it can be fetched: %+v", c)
	}
	for range 2 {
		s.Must(s.sweep.Run(t.Context()))
		if s.zip() != nil || len(s.names(dsr.CopiesPrefix)) > 0 || s.state().State != operator.CopyExpired {
			t.Errorf("%+v, on the index %v", s.state(), s.names(dsr.CopiesPrefix))
		}
	}
	if want := []string{"0001-end.json", "0001-order.json", "0001-places.ndjson", "0001-receipt.json", "0001-review.json"}; !slices.Equal(s.names("req-1/copy/"), want) {
		t.Errorf("the evidence is %v, want %v", s.names("req-1/copy/"), want)
	}
}

// TestACopyCanBeOrderedAgainWhenItsTimeIsUp orders while the watch has not come by yet.
func TestACopyCanBeOrderedAgainWhenItsTimeIsUp(t *testing.T) {
	s := newScene(t)
	s.made()
	s.now = s.now.Add(keep)
	if c := s.order(); c.Number != 2 || c.State != operator.CopyMaking {
		t.Errorf("%+v", c)
	}
	s.Must(s.deliver())
	if c := s.state(); c.State != operator.CopyReady || c.Number != 2 {
		t.Errorf("%+v", c)
	}
}

// TestWhatAnEndHasLeftIsRemoved finds a copy whose end is recorded and which is still there.
func TestWhatAnEndHasLeftIsRemoved(t *testing.T) {
	s := newScene(t)
	s.made()
	end := `{"schemaVersion":"1.0","requestId":"req-1","number":1,"why":"revoked","at":"2026-11-24T11:00:00Z"}`
	s.Put(s.Audit, copy1.End(), end)
	s.Must(s.sweep.Run(t.Context()))
	if s.zip() != nil || len(s.names(dsr.CopiesPrefix)) > 0 {
		t.Errorf("on the index %v", s.names(dsr.CopiesPrefix))
	}
}

// TestACopyOfRemovedDocumentsEnds finds copies whose documents are being removed, and which
// the removal has not ended, as it died or the copy was not made yet.
func TestACopyOfRemovedDocumentsEnds(t *testing.T) {
	for name, make := range map[string]func(*scene){
		"made":    func(s *scene) { s.made() },
		"ordered": func(s *scene) { s.order() },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			make(s)
			s.Put(s.Audit, "req-1/1/retention.json", `{"schemaVersion":"1.0","requestId":"req-1","attempt":1}`)
			s.Must(s.sweep.Run(t.Context()))
			if c := s.state(); c.State != operator.CopyRetention || s.zip() != nil || len(s.names(dsr.CopiesPrefix)) > 0 {
				t.Errorf("%+v, on the index %v", c, s.names(dsr.CopiesPrefix))
			}
		})
	}
}

// TestALostMessageIsSentAgain loses the message of an order, or leaves it somewhere.
func TestALostMessageIsSentAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		later bool // than a message may count as lost
		where func(*scene)
		sent  int
	}{
		{"lost", true, func(s *scene) { s.queue.sent = nil }, 1},
		{"lost a moment ago", false, func(s *scene) { s.queue.sent = nil }, 0},
		{"waiting", true, func(*scene) {}, 1},
		{"dead", true, func(s *scene) { s.queue.dead, s.queue.sent = s.queue.sent, nil }, 0},
		{"done", true, func(s *scene) { s.Must(s.deliver()) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			s.order()
			c.where(s)
			if c.later {
				s.now = s.now.Add(lostAfter + 1)
			}
			s.Must(s.sweep.Run(t.Context()))
			if len(s.queue.sent) != c.sent {
				t.Errorf("%d messages wait, want %d", len(s.queue.sent), c.sent)
			}
		})
	}
}
