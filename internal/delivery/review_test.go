package delivery_test

import (
	"testing"

	"azureml-dsr/internal/operator"
)

// reviewing has a copy ordered that somebody must look at, and what is uncertain listed.
func (s *scene) reviewing() {
	s.t.Helper()
	_, err := s.operator.OrderCopy(s.t.Context(), operator.CopyOrder{ID: "req-1", By: "desk", Review: true})
	s.Must(err)
	s.Must(s.deliver())
	if c := s.state(); c.State != operator.CopyReviewing {
		s.t.Fatalf("%+v", c)
	}
}

// TestNobodyIsRemindedOfACopyThatWaitsForAPerson has the watch come by much later, and the
// message come twice.
func TestNobodyIsRemindedOfACopyThatWaitsForAPerson(t *testing.T) {
	s := newScene(t)
	s.reviewing()
	s.now = s.now.Add(100 * lostAfter)
	s.Must(s.sweep.Run(t.Context()))
	if n := len(s.queue.sent); n > 0 {
		t.Errorf("%d messages", n)
	}

	before := s.names("req-1/copy/")
	_, err := s.operator.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1"})
	s.Must(err)
	s.Must(s.deliver())
	if after := s.names("req-1/copy/"); len(after) != len(before) || s.zip() != nil {
		t.Errorf("%v, before %v", after, before)
	}
}

// TestALostReleaseIsFound loses the message that a release sends.
func TestALostReleaseIsFound(t *testing.T) {
	s := newScene(t)
	s.reviewing()
	_, err := s.operator.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	s.Must(err)
	s.queue.sent = nil
	s.now = s.now.Add(2 * lostAfter)
	s.Must(s.sweep.Run(t.Context()))
	s.Must(s.deliver())
	if c := s.state(); c.State != operator.CopyReady || s.zip() == nil {
		t.Errorf("%+v", c)
	}
}

// TestACopyThatWaitsEndsWithItsDocuments removes the documents while somebody still looks.
func TestACopyThatWaitsEndsWithItsDocuments(t *testing.T) {
	s := newScene(t)
	s.reviewing()
	s.Must(s.expire())
	s.Must(s.sweep.Run(t.Context()))
	if c := s.state(); c.State != operator.CopyRetention {
		t.Errorf("%+v", c)
	}
	_, err := s.operator.ReleaseCopy(t.Context(), operator.CopyReleaseOrder{ID: "req-1", By: "officer"})
	if operator.KindOf(err) != operator.Refused {
		t.Errorf("released: %v", err)
	}
}
