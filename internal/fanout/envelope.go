package fanout

import (
	"time"

	"azureml-dsr/internal/dsr"
)

// envelope is a request message taken apart: the bare request, and what the message's
// properties add to it.
type envelope struct {
	request   []byte
	attempt   int
	try       int // how often the request was scheduled again
	submitted time.Time
}

// readEnvelope takes a message apart. It refuses one whose properties do not fit a
// request.
func readEnvelope(m Received) (envelope, error) {
	attempt, err := number(m.Properties, dsr.PropAttempt, 1)
	if err != nil {
		return envelope{}, err
	}
	if attempt == 0 {
		return envelope{}, invalid("application property %s: attempts count from 1", dsr.PropAttempt)
	}
	try, err := number(m.Properties, dsr.PropTry, 0)
	if err != nil {
		return envelope{}, err
	}

	request, sent, err := unwrap(m)
	if err != nil {
		return envelope{}, err
	}

	e := envelope{
		request:   request,
		attempt:   attempt,
		try:       try,
		submitted: m.EnqueuedTime,
	}

	if !sent.IsZero() {
		e.submitted = sent
	}
	if text, ok := m.Properties[dsr.PropSubmittedAt].(string); ok {
		at, wrong := parsePast(text, m.EnqueuedTime, "submitted")
		if wrong != "" {
			return envelope{}, invalid("application property %s: %s", dsr.PropSubmittedAt, wrong)
		}
		e.submitted = at
	}

	return e, nil
}

// message returns the message that asks for the same attempt at a later time.
func (e envelope) message(a dsr.Attempt, notBefore time.Time) dsr.Message {
	return dsr.RequestMessage(e.request, a, e.try, e.submitted, notBefore)
}

// number returns an application property that is a whole number, or absent where it is not
// set.
func number(props map[string]any, name string, absent int) (int, error) {
	switch v := props[name].(type) {
	case nil:
		return absent, nil
	case float64: // as the Functions host hands numbers over
		if v == float64(int(v)) && v >= 0 && v < 1e6 {
			return int(v), nil
		}

	case int64:
		if v >= 0 && v < 1e6 {
			return int(v), nil
		}
	}
	return 0, invalid("application property %s: want a whole number", name)
}
