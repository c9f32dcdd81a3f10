package functionshost

import (
	"encoding/json"
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

// TimerTrigger is a timerTrigger binding.
type TimerTrigger struct {
	Schedule     Schedule
	RunOnStartup bool
	UseMonitor   bool // the handler is told the schedule status
}

// functionJSON is the file. Values are any, because %NAME% may stand for them.
type functionJSON struct {
	Disabled bool             `json:"disabled"`
	Bindings []map[string]any `json:"bindings"`
}

// parseFunction reads one function.json; disabled is the file's own switch.
func parseFunction(name string, data []byte, defaults ServiceBusTrigger, lookup lookupFunc) (f Function, disabled bool, err error) {
	var file functionJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return Function{}, false, fmt.Errorf("reading function.json: %w", err)
	}
	b, err := trigger(file.Bindings)
	if err != nil {
		return Function{}, false, err
	}
	if err := b.resolve(lookup); err != nil {
		return Function{}, false, err
	}
	f = Function{Name: name, Binding: b.text("name")}
	if f.Binding == "" {
		return Function{}, false, errors.New("the trigger has no name")
	}
	switch kind := b.text("type"); strings.ToLower(kind) {
	case "servicebustrigger":
		f.ServiceBus, err = b.serviceBus(defaults, lookup)
	case "timertrigger":
		f.Timer, err = b.timer()
	case "httptrigger":
		err = errors.New("httpTrigger is not supported yet by the stand-in host")
	default:
		err = fmt.Errorf("the trigger type %q is unknown to the stand-in host", kind)
	}
	return f, file.Disabled, err
}

// binding is one entry of bindings; its keys are matched ignoring case.
type binding map[string]any

// trigger finds the one trigger among the bindings.
func trigger(bindings []map[string]any) (binding, error) {
	var found []binding
	others := 0
	for _, b := range bindings {
		low := make(binding, len(b))
		for k, v := range b {
			low[strings.ToLower(k)] = v
		}
		if strings.HasSuffix(strings.ToLower(low.text("type")), "trigger") {
			found = append(found, low)
		} else {
			others++
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("it has %d triggers, not one", len(found))
	}
	if others > 0 && !strings.EqualFold(found[0].text("type"), "httpTrigger") {
		return nil, errors.New("input and output bindings are not supported yet by the stand-in host")
	}
	return found[0], nil
}

func (b binding) resolve(lookup lookupFunc) error {
	for k, v := range b {
		s, ok := v.(string)
		if !ok {
			continue
		}
		r, err := resolve(s, lookup)
		if err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		b[k] = r
	}
	return nil
}

func (b binding) text(key string) string {
	s, _ := b[strings.ToLower(key)].(string)
	return s
}

func (b binding) boolean(key string, unset bool) (bool, error) {
	switch v := b[strings.ToLower(key)].(type) {
	case nil:
		return unset, nil
	case bool:
		return v, nil
	case string:
		on, err := parseBool(v)
		if err != nil {
			return false, fmt.Errorf("%s: %w", key, err)
		}
		return on, nil
	}
	return false, fmt.Errorf("%s: neither true nor false", key)
}

const deadLetterSuffix = "/$deadletterqueue"

func (b binding) serviceBus(t ServiceBusTrigger, lookup lookupFunc) (*ServiceBusTrigger, error) {
	if !t.registered {
		return nil, errors.New("the binding type(s) 'serviceBusTrigger' are not registered: host.json has no extensionBundle")
	}
	if err := b.unsupported(); err != nil {
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
	return &t, nil
}

func (b binding) unsupported() error {
	if b.text("topicName") != "" {
		return errors.New("topicName is not supported yet by the stand-in host")
	}
	if strings.EqualFold(b.text("cardinality"), "many") {
		return errors.New(`cardinality "many" is not supported yet by the stand-in host`)
	}
	if on, err := b.boolean("isSessionsEnabled", false); err != nil || on {
		return errors.New("isSessionsEnabled is not supported yet by the stand-in host")
	}
	return nil
}

func (b binding) timer() (*TimerTrigger, error) {
	var (
		t    TimerTrigger
		errs [3]error
	)
	t.Schedule, errs[0] = ParseSchedule(b.text("schedule"))
	t.RunOnStartup, errs[1] = b.boolean("runOnStartup", false)
	t.UseMonitor, errs[2] = b.boolean("useMonitor", true)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return &t, nil
}
