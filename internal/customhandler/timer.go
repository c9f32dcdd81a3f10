package customhandler

import (
	"encoding/json"
	"fmt"
	"time"
)

// Timer is one firing of a timer trigger.
type Timer struct {
	InvocationID string
	Function     string
	// IsPastDue reports that the run is late: it was due while no host was running.
	IsPastDue bool
	// Last and Next are the last and the next run, and LastUpdated is when the host
	// last changed them, all as they were before this run. Zero means never, or that the
	// host keeps no schedule status.
	Last, Next, LastUpdated time.Time
	TraceParent             string // often empty
}

// timerData is the trigger's value without its schedule.
type timerData struct {
	ScheduleStatus *struct{ Last, Next, LastUpdated json.RawMessage }
	IsPastDue      bool
}

func decodeTimer(body []byte, binding string) (Timer, error) {
	value, _, err := decodeEnvelope(body, binding)
	if err != nil {
		return Timer{}, err
	}
	var data timerData
	if err := json.Unmarshal(value, &data); err != nil {
		return Timer{}, fmt.Errorf("decoding the timer: %w", syntaxOnly(err))
	}

	t := Timer{IsPastDue: data.IsPastDue}
	if data.ScheduleStatus == nil {
		return t, nil
	}

	d := fields{of: "timer", values: map[string]json.RawMessage{
		"Last":        data.ScheduleStatus.Last,
		"Next":        data.ScheduleStatus.Next,
		"LastUpdated": data.ScheduleStatus.LastUpdated,
	}}
	t.Last = get(&d, "Last", instant)
	t.Next = get(&d, "Next", instant)
	t.LastUpdated = get(&d, "LastUpdated", instant)
	if d.err != nil {
		return Timer{}, d.err
	}

	return t, nil
}
