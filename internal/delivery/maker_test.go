package delivery_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestWhatIsNoOrderMakesNothing(t *testing.T) {
	s := newScene(t)
	unordered, err := copy1.Message(time.Time{})
	s.Must(err)
	for name, body := range map[string]string{
		"no JSON":                   "x",
		"no number":                 `{"schemaVersion":"1.0","requestId":"req-1"}`,
		"an id that is none":        `{"schemaVersion":"1.0","requestId":"../x","number":1}`,
		"a copy nobody has ordered": string(unordered.Body),
	} {
		if err := s.maker.Accept(t.Context(), []byte(body)); dsr.ClassOf(err) != dsr.NoTask {
			t.Errorf("%s: %v", name, err)
		}
	}
	if names := append(s.names("req-1/copy/"), s.names(dsr.CopiesPrefix)...); len(names) > 0 {
		t.Errorf("stored %v", names)
	}
}

// TestACopyThatEndsWhileItIsMadeIsNotKept ends a copy just before each write of its making.
func TestACopyThatEndsWhileItIsMadeIsNotKept(t *testing.T) {
	for _, at := range []string{blob, copy1.Receipt()} {
		for name, end := range map[string]func(*scene) error{
			"revoked": func(s *scene) error {
				_, err := s.operator.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1"})
				return err
			},
			"the documents expire": func(s *scene) error { return s.expire() },
		} {
			t.Run(name+" before "+at, func(t *testing.T) {
				s := newScene(t)
				s.order()
				ends := 0
				s.store.before = func(name string) error {
					if name != at || ends > 0 {
						return nil
					}
					ends++
					return end(s)
				}
				s.Must(s.deliver())
				if ends != 1 || s.zip() != nil || len(s.names(dsr.CopiesPrefix)) > 0 || !s.state().Ended() {
					t.Errorf("ended %d times, a zip of %d bytes, on the index %v, %+v", ends, len(s.zip()), s.names(dsr.CopiesPrefix), s.state())
				}
			})
		}
	}
}

// expire records that the removal of the documents has begun.
func (s *scene) expire() error {
	a := operatortest.Attempt
	_, err := s.Ledger.RecordRetention(s.t.Context(), ledger.Expired{Attempt: a, Index: a.Expires(s.now)}, dsr.Retention{
		RequestID: a.RequestID,
		Attempt:   1,
		BeganAt:   s.now,
	}, time.Now().Add(time.Hour))
	return err
}

func TestACopyEndsWithItsDocuments(t *testing.T) {
	s := newScene(t)
	s.made()
	s.Must(s.expire())
	if c := s.state(); c.State != operator.CopyRetention || s.zip() != nil || len(s.names(dsr.CopiesPrefix)) > 0 {
		t.Errorf("%+v, on the index %v", c, s.names(dsr.CopiesPrefix))
	}
	if want := []string{"0001-end.json", "0001-order.json", "0001-places.ndjson", "0001-receipt.json", "0001-review.json"}; !slices.Equal(s.names("req-1/copy/"), want) {
		t.Errorf("the evidence is %v, want %v", s.names("req-1/copy/"), want)
	}
	_, err := s.operator.OrderCopy(t.Context(), operator.CopyOrder{ID: "req-1"})
	if operator.KindOf(err) != operator.Refused {
		t.Errorf("another one: %v", err)
	}
}

// TestWhatCannotBeMadeIsToldOnce damages the archive.
func TestWhatCannotBeMadeIsToldOnce(t *testing.T) {
	s := newScene(t)
	s.order()
	for _, name := range s.names("req-1/1/data/models/") {
		s.Must(s.store.Replace(t.Context(), "req-1/1/data/models/"+name, []byte("[]")))
	}

	messages := slices.Clone(s.queue.sent)
	err := s.deliver()
	if dsr.ClassOf(err) != dsr.Permanent || dsr.ReasonOf(err) != dsr.ReasonCopyFailed {
		t.Fatalf("%v", err)
	}
	c := s.state()
	if c.State != operator.CopyFailed || !strings.Contains(c.Reason, "`dsr verify`") || s.zip() != nil || len(s.names(dsr.CopiesPrefix)) > 0 {
		t.Errorf("%+v", c)
	}

	s.queue.sent = messages // an operator sends the dead letter again
	s.Must(s.deliver())
	if again := s.order(); again.Number != 2 || again.State != operator.CopyMaking {
		t.Errorf("ordered again: %+v", again)
	}
}

func TestACopyThatTakesTooLongFails(t *testing.T) {
	s := newScene(t)
	s.maker.Time = time.Nanosecond
	s.order()
	if err := s.deliver(); dsr.ClassOf(err) != dsr.Permanent {
		t.Errorf("%v", err)
	}
	if c := s.state(); c.State != operator.CopyFailed || !strings.Contains(c.Reason, "dsr copy ID --out FILE") {
		t.Errorf("%+v", c)
	}
}

// TestAFailureOfStorageIsTriedAgain fails each write once.
func TestAFailureOfStorageIsTriedAgain(t *testing.T) {
	want := newScene(t).made()
	for _, at := range []string{dsr.CopiesPrefix, blob, copy1.Receipt()} {
		t.Run(at, func(t *testing.T) {
			s := newScene(t)
			s.order()
			s.store.before = func(name string) error {
				if !strings.HasPrefix(name, at) {
					return nil
				}
				s.store.before = nil
				return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage is away")
			}
			s.Must(s.deliver())
			if len(s.queue.sent) != 1 || !s.queue.sent[0].NotBefore.After(s.now) {
				t.Fatalf("sent %+v", s.queue.sent)
			}
			s.Must(s.deliver())
			if !bytes.Equal(s.zip(), want) || s.state().State != operator.CopyReady {
				t.Errorf("%+v", s.state())
			}
		})
	}
}

// TestMoreCopiesThanOneProcessHoldsComeLater orders a third while two are being written.
func TestMoreCopiesThanOneProcessHoldsComeLater(t *testing.T) {
	s := newScene(t)
	s.order()
	message := s.queue.sent[0]
	s.queue.sent = nil
	depth := 0
	s.store.before = func(name string) error {
		if name != blob || depth == 2 {
			return nil
		}
		depth++
		return s.maker.Accept(t.Context(), message.Body)
	}
	s.Must(s.maker.Accept(t.Context(), message.Body))
	if len(s.queue.sent) != 1 || !s.queue.sent[0].NotBefore.After(s.now) {
		t.Errorf("sent %+v", s.queue.sent)
	}
	s.store.before = nil
	s.Must(s.deliver())
	if s.state().State != operator.CopyReady || s.zip() == nil {
		t.Errorf("%+v", s.state())
	}
}

// TestAQueueThatIsAwayFailsTheDelivery holds that a message is not dead-lettered for it.
func TestAQueueThatIsAwayFailsTheDelivery(t *testing.T) {
	s := newScene(t)
	s.order()
	s.store.before = func(string) error { return dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage is away") }
	messages := s.queue.sent
	s.queue.err = &dsr.Error{Class: dsr.Transient, Queue: dsr.QueueCopies}
	if err := s.maker.Accept(t.Context(), messages[0].Body); !dsr.OfQueue(err) {
		t.Errorf("%v", err)
	}
}

// TestALostCopyOfAnotherVersionFails loses a copy whose bytes can't be made any more.
func TestALostCopyOfAnotherVersionFails(t *testing.T) {
	s := newScene(t)
	s.order()
	c, _, err := s.Ledger.PersonCopy(t.Context(), copy1)
	s.Must(err)
	_, err = s.Ledger.RecordCopyReceipt(t.Context(), dsr.CopyReceipt{RequestID: "req-1", Number: 1, Name: blob, SHA256: "0", Attempt: 1, Manifest: c.Order.Manifest, Until: s.now.Add(keep)})
	s.Must(err)
	if err := s.deliver(); dsr.ClassOf(err) != dsr.Permanent {
		t.Errorf("%v", err)
	}
	if s.zip() != nil || s.state().State != operator.CopyFailed {
		t.Errorf("%+v", s.state())
	}
}

// TestWhatLiesInTheCopysPlaceIsReplaced puts another blob where the copy belongs.
func TestWhatLiesInTheCopysPlaceIsReplaced(t *testing.T) {
	want := newScene(t).made()
	for name, meta := range map[string]map[string]string{
		"somebody else's":         nil,
		"under the copy's number": {dsr.MetaCopy: "1", dsr.MetaSHA256: "0"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.order()
			s.Must(s.store.Put(t.Context(), blob, []byte("PK"), meta))
			s.Must(s.deliver())
			s.Must(s.deliver()) // the next try, where there is one
			if !bytes.Equal(s.zip(), want) || s.state().State != operator.CopyReady {
				t.Errorf("%+v", s.state())
			}
		})
	}
}

// TestALateEndKeepsTheNextCopy removes the first copy again when the second is there.
func TestALateEndKeepsTheNextCopy(t *testing.T) {
	s := newScene(t)
	first := s.made()
	_, err := s.operator.RevokeCopy(t.Context(), operator.RevokeOrder{ID: "req-1"})
	s.Must(err)
	if _, _, err := s.operator.OpenCopy(t.Context(), "req-1"); operator.KindOf(err) != operator.Refused {
		t.Errorf("a revoked copy is opened: %v", err)
	}

	second := s.made()
	s.Must(s.Ledger.RemoveCopy(t.Context(), copy1))
	message, err := copy1.Message(time.Time{})
	s.Must(err)
	s.Must(errors.Join(s.maker.Accept(t.Context(), message.Body), s.sweep.Run(t.Context())))
	if !bytes.Equal(first, second) || !bytes.Equal(s.zip(), second) || s.state().Number != 2 {
		t.Errorf("%+v", s.state())
	}
}
