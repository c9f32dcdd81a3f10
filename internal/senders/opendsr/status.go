package opendsr

import (
	"slices"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

// States of a request in OpenDSR. There is none for a failure: a request of which something
// has failed is in progress until it is retried or canceled, and never completed.
const (
	StatusPending    = "pending"
	StatusInProgress = "in_progress"
	StatusCompleted  = "completed"
	StatusCancelled  = "cancelled"
)

// StatusOf returns the state of a request.
func StatusOf(s senders.State) string {
	switch {
	case s.State == operator.StateReceived:
		return StatusPending
	case s.Done():
		return StatusCompleted
	case dsr.Status(s.State).Stopped(), s.State == operator.StateRefused:
		return StatusCancelled
	default:
		return StatusInProgress
	}
}

// statusBody is the answer to a question after a request.
type statusBody struct {
	ControllerID       string               `json:"controller_id"`
	ExpectedCompletion string               `json:"expected_completion_time,omitempty"`
	SubjectRequestID   string               `json:"subject_request_id"`
	RequestStatus      string               `json:"request_status"`
	APIVersion         string               `json:"api_version"`
	ResultsURL         string               `json:"results_url,omitempty"`
	ResultsCount       *int64               `json:"results_count,omitempty"`
	Extensions         map[string]ourStatus `json:"extensions,omitempty"`
}

// ourStatus is what OpenDSR has no word for.
type ourStatus struct {
	State string `json:"state"`
	// Reasons are those of failures or of a refusal, each once.
	Reasons   []string `json:"reasons,omitempty"`
	Failed    int      `json:"failed,omitempty"`
	Canceling bool     `json:"canceling,omitempty"`
	DryRun    bool     `json:"dryRun,omitempty"`
}

// newStatus returns the answer about a request. results is where its results are.
func newStatus(s senders.State, controller, version, domain, results string) statusBody {
	body := statusBody{
		ControllerID:       controller,
		ExpectedCompletion: moment(s.Due.Time),
		SubjectRequestID:   s.ID,
		RequestStatus:      StatusOf(s),
		APIVersion:         version,
	}
	if body.RequestStatus == StatusCompleted && s.Kind != dsr.KindDelete {
		count := s.Documents
		body.ResultsURL, body.ResultsCount = results, &count
	}
	if domain != "" {
		body.Extensions = map[string]ourStatus{domain: ourStatusOf(s)}
	}
	return body
}

func ourStatusOf(s senders.State) ourStatus {
	out := ourStatus{
		State:     s.State,
		Failed:    len(s.Failures),
		Canceling: s.Canceling,
		DryRun:    s.DryRun,
	}
	for _, f := range s.Failures {
		out.Reasons = append(out.Reasons, f.Reason)
	}
	if s.State == operator.StateRefused {
		for _, d := range s.Dead {
			out.Reasons = append(out.Reasons, d.Reason)
		}
	}
	slices.Sort(out.Reasons)
	out.Reasons = slices.DeleteFunc(slices.Compact(out.Reasons), func(r string) bool { return strings.TrimSpace(r) == "" })
	return out
}

// moment writes a time, "" for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
