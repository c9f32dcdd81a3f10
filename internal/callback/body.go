package callback

import (
	"encoding/json"
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// Media types of the bodies.
const (
	mediaOpenDSR     = "application/json"
	mediaCloudEvents = "application/cloudevents+json; charset=utf-8"
)

// source is what events name as their source where no domain is set.
const source = "urn:azureml-dsr"

// cloudEvent is the body of a notification in CloudEvents 1.0.
type cloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject"`
	Time            time.Time `json:"time"`
	Sequence        string    `json:"sequence"`
	DataContentType string    `json:"datacontenttype"`
	Data            eventData `json:"data"`
}

// eventData names no person and no resource: whoever may know more asks the API.
type eventData struct {
	RequestID  string    `json:"requestId"`
	Sequence   int       `json:"sequence"`
	Attempt    int       `json:"attempt"`
	Kind       string    `json:"kind"`
	DryRun     bool      `json:"dryRun,omitempty"`
	State      string    `json:"state"`
	DueAt      time.Time `json:"dueAt"`
	Documents  int64     `json:"documents"`
	Failures   int64     `json:"failures"`
	ResultsURL string    `json:"resultsUrl,omitempty"`
}

// cloudEventBody returns an event's body. It is the same at each try.
func (d *Deliverer) cloudEventBody(e dsr.Event) ([]byte, error) {
	from := source
	if d.Domain != "" {
		from = "https://" + d.Domain
	}

	return json.Marshal(cloudEvent{
		SpecVersion:     "1.0",
		ID:              e.ID(),
		Source:          from,
		Type:            "dsr.request." + string(e.Change) + ".v1",
		Subject:         e.RequestID,
		Time:            e.At,
		Sequence:        fmt.Sprintf("%06d", e.Sequence), // texts are compared
		DataContentType: "application/json",
		Data: eventData{
			RequestID:  e.RequestID,
			Sequence:   e.Sequence,
			Attempt:    e.Attempt,
			Kind:       e.Kind,
			DryRun:     e.DryRun,
			State:      e.State,
			DueAt:      e.DueAt,
			Documents:  e.Documents,
			Failures:   e.Failures,
			ResultsURL: d.resultsURL(e),
		},
	})
}

// openDSRStatus is the body of a notification in OpenDSR 2.0.
type openDSRStatus struct {
	ControllerID           string                     `json:"controller_id,omitempty"`
	ExpectedCompletionTime time.Time                  `json:"expected_completion_time"`
	StatusCallbackURL      string                     `json:"status_callback_url"`
	SubjectRequestID       string                     `json:"subject_request_id"`
	RequestStatus          string                     `json:"request_status"`
	ResultsURL             string                     `json:"results_url,omitempty"`
	ResultsCount           int64                      `json:"results_count"`
	Extensions             map[string]openDSRProgress `json:"extensions"`
}

// openDSRProgress is our extension: what the five members of the status can't say.
type openDSRProgress struct {
	Sequence int    `json:"sequence"`
	Change   string `json:"change"`
	Attempt  int    `json:"attempt"`
	State    string `json:"state"`
	Failures int64  `json:"failures"`
}

// openDSRBody returns a status of OpenDSR. It is the same at each try.
func (d *Deliverer) openDSRBody(e dsr.Event, request dsr.RequestRecord, url string) ([]byte, error) {
	status := openDSRStatus{
		ExpectedCompletionTime: e.DueAt,
		StatusCallbackURL:      url,
		SubjectRequestID:       e.RequestID,
		RequestStatus:          requestStatus(e),
		ResultsURL:             d.resultsURL(e),
		ResultsCount:           e.Documents,
		Extensions: map[string]openDSRProgress{d.Signer.Domain(): {
			Sequence: e.Sequence,
			Change:   string(e.Change),
			Attempt:  e.Attempt,
			State:    e.State,
			Failures: e.Failures,
		}},
	}
	if request.Subject != nil {
		status.ControllerID = request.Subject.TenantID
	}

	return json.Marshal(status)
}

// requestStatus returns an event's state in the words of OpenDSR, which has none for what
// failed. Nothing is completed with parts missing, or when only a plan was made.
func requestStatus(e dsr.Event) string {
	onlyPlanned := e.DryRun && e.Kind != dsr.KindExport
	switch {
	case e.State == stateReceived:
		return "pending"
	case dsr.Status(e.State).Stopped():
		return "cancelled"
	case e.State == string(dsr.StatusSucceeded) && !onlyPlanned:
		return "completed"
	default:
		return "in_progress"
	}
}

// resultsURL returns where the results of a request can be fetched by who may, "" where there
// are none or where no domain is set.
func (d *Deliverer) resultsURL(e dsr.Event) string {
	exported := e.Change == dsr.ChangeCompleted && e.Kind != dsr.KindDelete
	if d.Domain == "" || !exported {
		return ""
	}
	return "https://" + d.Domain + "/api/requests/" + e.RequestID + "/results"
}
