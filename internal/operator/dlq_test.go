package operator_test

import (
	"errors"
	"slices"
	"testing"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/operator/operatortest"
)

func TestAParkedMessageIsSentWithAnotherID(t *testing.T) {
	s := operatortest.New(t)
	for _, n := range []int64{7, 8} {
		s.Must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{
			Queue:          "dsr-exports",
			SequenceNumber: n,
			MessageID:      "old",
			EnqueuedTime:   operatortest.Time,
			Body:           []byte("{}"),
		}))
	}
	o, to := s.Operator(operatortest.Time)
	chosen, err := o.ChooseDead(t.Context(), operator.DisposalOrder{Queue: operator.PoisonQueue, All: true})
	s.Must(err)
	s.Must(s.Index.Backend().Delete(t.Context(), "_poison/dsr-exports/20261123T100000Z-8.json")) // by somebody else

	done, err := o.ResubmitDead(t.Context(), chosen)
	if operator.KindOf(err) != operator.Refused || !slices.Equal(done, []string{"dsr-exports/20261123T100000Z-7"}) || len(to.Messages) != 1 {
		t.Fatalf("done %v, sent %v, %v", done, to.Messages, err)
	}

	if m := to.Messages[0]; to.Queue != "dsr-exports" || m.ID == "old" || m.ID == "" || string(m.Body) != "{}" || !dsr.SentAgain(m.Properties) {
		t.Errorf("sent %+v to %s", m, to.Queue)
	}

	for d, err := range o.DeadLetters(t.Context(), operator.PoisonQueue) {
		t.Errorf("still there: %+v, %v", d, err)
	}
}

func TestDeadLettersAreChosenAllOrNone(t *testing.T) {
	s := operatortest.New(t)
	s.Must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{Queue: "dsr-exports", SequenceNumber: 7, EnqueuedTime: operatortest.Time}))
	o, _ := s.Operator(operatortest.Time)
	const there, gone = "dsr-exports/20261123T100000Z-7", "dsr-exports/20261123T100000Z-8"
	for name, c := range map[string]struct {
		order operator.DisposalOrder
		kind  operator.Kind
		field string
	}{
		"one that is there":   {operator.DisposalOrder{Queue: operator.PoisonQueue, Sequences: []string{there}}, 0, ""},
		"one that is not":     {operator.DisposalOrder{Queue: operator.PoisonQueue, Sequences: []string{there, gone}}, operator.NotFound, ""},
		"none":                {operator.DisposalOrder{Queue: operator.PoisonQueue}, operator.Invalid, "sequences"},
		"some, and all":       {operator.DisposalOrder{Queue: operator.PoisonQueue, Sequences: []string{there}, All: true}, operator.Invalid, "sequences"},
		"those of the worker": {operator.DisposalOrder{Queue: dsr.QueueExports, All: true}, operator.Invalid, "queue"},
		"those of no queue":   {operator.DisposalOrder{Queue: "dsr-none", All: true}, operator.Invalid, "queue"},
	} {
		chosen, err := o.ChooseDead(t.Context(), c.order)
		if operator.KindOf(err) != c.kind || fieldOf(err) != c.field || (err == nil) != (len(chosen.Letters) == 1) {
			t.Errorf("%s: chose %+v, %v", name, chosen, err)
		}
	}
}

func TestAParkedRecordThatCannotBeReadHidesNoOther(t *testing.T) {
	s := operatortest.New(t)
	for _, n := range []int64{1, 3} {
		s.Must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{Queue: "dsr-exports", SequenceNumber: n, EnqueuedTime: operatortest.Time, Body: []byte("{}")}))
	}
	const broken = "dsr-exports/20261123T100000Z-2"
	s.Must(s.Index.Backend().Put(t.Context(), "_poison/"+broken+".json", []byte("{"), nil))

	o, to := s.Operator(operatortest.Time)
	list, err := o.ListDead(t.Context(), operator.PoisonQueue)
	if err != nil || len(list.Messages) != 3 || list.Messages[1].Sequence != broken || list.Messages[1].Reason != dsr.ReasonUndecodable {
		t.Fatalf("%+v, %v", list, err)
	}

	all, err := o.ChooseDead(t.Context(), operator.DisposalOrder{Queue: operator.PoisonQueue, All: true})
	s.Must(err)
	if done, err := o.ResubmitDead(t.Context(), all); err == nil || len(done) != 2 || len(to.Messages) != 2 {
		t.Errorf("sent %v, %v", done, err)
	}

	one, err := o.ChooseDead(t.Context(), operator.DisposalOrder{Queue: operator.PoisonQueue, Sequences: []string{broken}})
	s.Must(err)
	if done, err := o.PurgeDead(t.Context(), one); err != nil || len(done) != 1 {
		t.Errorf("removed %v, %v", done, err)
	}
}

func TestAQueueThatCannotBeReadHidesNoOther(t *testing.T) {
	s := operatortest.New(t)
	s.Must(s.Ledger.RecordPoison(t.Context(), dsr.DeadLetter{Queue: "dsr-exports", SequenceNumber: 1, EnqueuedTime: operatortest.Time}))
	o, queues := s.Operator(operatortest.Time)
	queues.DeadFault = errors.New("there is no such queue")

	list, err := o.ListDead(t.Context(), dsr.QueueRequests)
	if err == nil || list.Others[operator.PoisonQueue].Dead != 1 || list.Others[dsr.QueueExports].Unknown == "" {
		t.Errorf("%+v, %v", list, err)
	}
}
