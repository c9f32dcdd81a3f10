package functionshost

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ServiceBusTrigger is a serviceBusTrigger binding on a queue.
type ServiceBusTrigger struct {
	Queue      string // without the suffix of its dead-letter queue
	DeadLetter bool   // receive from the dead-letter queue instead
	Connection Connection
	Binary     bool // dataType binary; else string

	// AutoComplete: the host completes what succeeds. Without it the handler
	// settles. What fails is always abandoned.
	AutoComplete       bool
	MaxConcurrentCalls int
	MaxLockRenewal     time.Duration // negative: no end

	registered bool // host.json names an extension bundle
}

const deadLetterSuffix = "/$deadletterqueue"

// serviceBus reads the trigger over the defaults of host.json.
func (b binding) serviceBus(t ServiceBusTrigger, lookup lookupFunc) (*ServiceBusTrigger, error) {
	if !t.registered {
		return nil, errors.New("type: the binding type(s) 'serviceBusTrigger' are not registered: give host.json an extensionBundle")
	}
	if err := b.onlyOneMessageOfAQueue(); err != nil {
		return nil, err
	}

	t.Queue = b.text("queueName")
	if cut := len(t.Queue) - len(deadLetterSuffix); cut > 0 && strings.EqualFold(t.Queue[cut:], deadLetterSuffix) {
		t.Queue, t.DeadLetter = t.Queue[:cut], true
	}

	if t.Queue == "" {
		return nil, errors.New("queueName is missing")
	}

	switch kind := b.text("dataType"); strings.ToLower(kind) {
	case "binary":
		t.Binary = true
	case "", "string":
	default:
		return nil, fmt.Errorf("dataType: %q is neither string nor binary", kind)
	}

	var err error
	if t.AutoComplete, err = b.boolean("autoCompleteMessages", t.AutoComplete); err != nil {
		return nil, err
	}
	if t.Connection, err = resolveConnection(b.text("connection"), lookup); err != nil {
		return nil, err
	}
	if only := t.Connection.entityPath(); only != "" && !strings.EqualFold(only, b.text("queueName")) {
		return nil, errors.New("connection: the queue name does not match the EntityPath in the connection string")
	}

	return &t, nil
}

func (b binding) onlyOneMessageOfAQueue() error {
	if b.text("topicName") != "" {
		return unsupported("topicName", "use a queue")
	}
	if strings.EqualFold(b.text("cardinality"), "many") {
		return unsupported(`cardinality "many"`, "take one message an invocation")
	}
	if on, err := b.boolean("isSessionsEnabled", false); err != nil || on {
		return errors.Join(err, unsupported("isSessionsEnabled", "use a queue without sessions"))
	}
	return nil
}
