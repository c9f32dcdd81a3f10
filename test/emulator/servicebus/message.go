package servicebus

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"azureml-dsr/test/emulator/servicebus/queue"
	"azureml-dsr/test/emulator/servicebus/wire"
)

const (
	// maxMessageID is the longest message id that Service Bus takes, in
	// characters.
	maxMessageID = 128
	// messageOverhead is what a message takes in a queue beside its own bytes.
	messageOverhead = 256
)

// Annotations that the broker writes. A sender's own values of them are
// dropped, but for the time that it schedules.
const (
	annSequence         = "x-opt-sequence-number"
	annEnqueued         = "x-opt-enqueued-time"
	annLockedUntil      = "x-opt-locked-until"
	annState            = "x-opt-message-state"
	annScheduled        = "x-opt-scheduled-enqueue-time"
	annOriginalSequence = "x-opt-enqueue-sequence-number"
	annDeadLetterSource = "x-opt-deadletter-source"
	annLockToken        = "x-opt-lock-token"
)

// Values of x-opt-message-state, an int.
const (
	stateDeferred  int32 = 1
	stateScheduled int32 = 2
)

// stored is an encoded message as a queue keeps it: with an id, and without what
// only the broker may set.
type stored []byte

// readMessage reads an encoded message: what the queue asks of it, and the
// message itself, in memory of its own.
func readMessage(b []byte) (queue.Message, *wire.Error) {
	m, err := wire.ParseMessage(b)
	if err != nil {
		return queue.Message{}, fault(condDecode, "the message can't be understood")
	}
	id, isNew, refusal := messageID(&m)
	if refusal != nil {
		return queue.Message{}, refusal
	}

	q := queue.Message{ID: id}

	if m.Header.TTL != nil {
		q.TTL = time.Duration(*m.Header.TTL) * time.Millisecond
	}

	cleaned, err := clean(&m, &q)
	switch {
	case err != nil:
		return queue.Message{}, fault(condDecode, err.Error())
	case isNew || cleaned:
		b = m.Append(make([]byte, 0, len(b)+len(id)))
	default:
		b = bytes.Clone(b)
	}

	q.Payload, q.Size = stored(b), len(b)+messageOverhead

	return q, nil
}

// messageID returns the id in a form that compares. A message without one gets
// one: the JavaScript client settles nothing else.
func messageID(m *wire.Message) (id string, isNew bool, refusal *wire.Error) {
	v, err := m.MessageID().Value()
	if err != nil {
		return "", false, fault(condDecode, "the message-id can't be understood")
	}

	switch v := v.(type) { // it may be a ulong, a uuid and a binary too (part 3, 3.2.4)
	case nil:
	case string:
		id = v
	case wire.UUID:
		id = uuid.UUID(v).String()
	default:
		id = fmt.Sprint(v)
	}
	if id == "" {
		id = uuid.NewString()
		m.SetMessageID(id)
		return id, true, nil
	}
	if len(id) > maxMessageID {
		return "", false, fault(condNotAllowed, "The message-id is longer than 128 characters.")
	}

	return id, false, nil
}

// clean removes the annotations that only the broker may set, and copies the time
// that the sender schedules to q. It reports whether it changed m.
func clean(m *wire.Message, q *queue.Message) (changed bool, err error) {
	if !m.DeliveryAnnotations.IsNull() {
		changed = true
		if m.DeliveryAnnotations, err = without(m.DeliveryAnnotations, annLockToken); err != nil {
			return false, fmt.Errorf("the delivery annotations can't be understood")
		}
	}

	if m.Annotations.IsNull() {
		return changed, nil
	}
	own, err := m.Annotations.Map()
	if err != nil {
		return false, fmt.Errorf("the annotations can't be understood")
	}

	brokers := []string{annSequence, annEnqueued, annLockedUntil, annState, annOriginalSequence, annDeadLetterSource}

	if at := own.Get(annScheduled); at.IsNull() {
		brokers = append(brokers, annScheduled)
	} else if q.ScheduledFor, err = at.Time(); err != nil {
		return false, fmt.Errorf("%s is no timestamp", annScheduled)
	}

	m.Annotations, err = without(m.Annotations, brokers...)
	return true, err
}

// without returns a map without the entries of some names; null if none is left.
func without(encoded wire.Raw, names ...string) (wire.Raw, error) {
	m, err := encoded.Map()
	if err != nil {
		return nil, err
	}

	kept := m[:0]
	for _, e := range m {
		name, _ := e.Key.Text() // a key of another type is the sender's own
		if !slices.Contains(names, name) {
			kept = append(kept, e)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}

	return wire.Encode(kept), nil
}

// encode writes a message as a receiver or browser gets it: the sender's bytes
// with the broker's header and annotations.
func encode(d queue.Delivery) []byte {
	s := d.Payload.(stored)
	m, err := wire.ParseMessage(s)
	if err != nil {
		panic("servicebus: a stored message can't be read: " + err.Error()) // it was when it came
	}

	m.Header.DeliveryCount = d.DeliveryCount
	m.Header.TTL = nil
	if d.TimeToLive > 0 {
		m.Header.TTL = new(uint32(min(d.TimeToLive.Milliseconds(), wire.MaxTTL)))
	}

	extend(&m, d.Properties)
	var token [1]wire.Note
	var notes [6]wire.Note
	const room = 256 // for header and notes
	return m.AppendNoted(make([]byte, 0, len(s)+room), wire.Notes{
		Delivery: tokenNote(token[:0], d),
		Message:  brokerNotes(notes[:0], d),
	})
}

func tokenNote(notes []wire.Note, d queue.Delivery) []wire.Note {
	if d.Token == (queue.Token{}) {
		return notes
	}
	return append(notes, wire.Note{Name: annLockToken, Value: wire.UUID(d.Token)})
}

func brokerNotes(notes []wire.Note, d queue.Delivery) []wire.Note {
	notes = append(notes,
		wire.Note{Name: annSequence, Value: d.Sequence},
		wire.Note{Name: annEnqueued, Value: d.EnqueuedAt})
	if d.State == queue.Locked {
		notes = append(notes, wire.Note{Name: annLockedUntil, Value: d.LockedUntil})
	}

	switch {
	case d.SetAside:
		notes = append(notes, wire.Note{Name: annState, Value: stateDeferred})
	case d.State == queue.Scheduled:
		notes = append(notes, wire.Note{Name: annState, Value: stateScheduled})
	}
	if d.OriginalSequence != 0 {
		notes = append(notes, wire.Note{Name: annOriginalSequence, Value: d.OriginalSequence})
	}
	if d.DeadLetterSource != "" {
		notes = append(notes, wire.Note{Name: annDeadLetterSource, Value: d.DeadLetterSource})
	}

	return notes
}

// extend adds what settlements added.
func extend(m *wire.Message, add []queue.Property) {
	if len(add) == 0 {
		return
	}
	p, err := m.ApplicationProperties()
	if err != nil {
		return // checked when the message came
	}
	for _, a := range add {
		p = p.Set(a.Name, a.Value)
	}
	m.SetApplicationProperties(p)
}
