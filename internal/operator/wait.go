package operator

import (
	"fmt"
	"time"

	"azureml-dsr/internal/dsr"
)

// What a request may wait for.
const (
	WaitApproval = "approval"
	WaitWorker   = "worker"
)

// Wait is what an open request waits for, and what helps.
type Wait struct {
	For  string `json:"for"`  // WaitApproval or WaitWorker
	Text string `json:"text"` // in words
	// Command is what somebody does about it; ID stands for the request's id.
	Command string `json:"command"`
}

// waitsForWorker is the wait of a request that has no plan yet.
func waitsForWorker() *Wait {
	return &Wait{
		For:     WaitWorker,
		Text:    "the worker has not planned it yet; if that lasts for minutes, see whether the worker runs",
		Command: "dsr doctor",
	}
}

// waitsForApproval is the wait of a request whose deletions are planned.
func waitsForApproval(request dsr.RequestRecord, due time.Time) *Wait {
	other := "another person than who submitted it"
	if request.SubmittedBy != "" {
		other = "another person than " + request.SubmittedBy
	}
	return &Wait{
		For:     WaitApproval,
		Text:    fmt.Sprintf("%s must approve its deletion plan until %s; nothing is deleted before", other, due.UTC().Format(time.DateOnly)),
		Command: "dsr approve " + request.ID + " --by NAME",
	}
}
