package fakeml

import (
	"embed"
	"encoding/json"
	"fmt"
)

// RecordedAnswer is an answer in a shape that a service is known to have. The values are
// made up.
type RecordedAnswer struct {
	// Name says what the shape is, and Endpoint is the row that has it.
	Name     string
	Endpoint string
	// Status is 200 where it is left out. Times is how many calls get the answer; 0 is all.
	Status     int
	RetryAfter string
	Times      int
	// Body is the answer's. Where that is no JSON, it is Text.
	Body json.RawMessage
	Text string
}

//go:embed recorded/*.json
var recordedFiles embed.FS

// Recorded returns the answers of a kind: creators, paging or errors.
func Recorded(kind string) ([]RecordedAnswer, error) {
	raw, err := recordedFiles.ReadFile("recorded/" + kind + ".json")
	if err != nil {
		return nil, fmt.Errorf("no such recorded answers: %w", err)
	}
	var answers []RecordedAnswer
	if err := json.Unmarshal(raw, &answers); err != nil {
		return nil, fmt.Errorf("reading recorded answers: %w", err)
	}
	return answers, nil
}

// Fault makes the server answer so.
func (a RecordedAnswer) Fault() Fault {
	body := a.Text
	if body == "" {
		body = string(a.Body)
	}
	return Fault{
		Endpoint:   a.Endpoint,
		Status:     a.Status,
		RetryAfter: a.RetryAfter,
		Times:      a.Times,
		Body:       body,
	}
}
