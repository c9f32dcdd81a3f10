package azureml

import (
	"encoding/json"
	"slices"
)

// ended are the states of a job that has ended, as the published JobStatus names them.
var ended = []string{"Completed", "Failed", "Canceled"}

// StateOf returns the state of a thing that may run; "" where its document has none.
func StateOf(doc []byte) string {
	return properties(doc).Status
}

// Ended reports whether a state is a last one. A thing without a state does not run.
func Ended(state string) bool { return state == "" || slices.Contains(ended, state) }

// Attached reports whether a compute is only attached to its workspace.
func Attached(doc []byte) bool { return properties(doc).IsAttachedCompute }

func properties(doc []byte) (p struct {
	Status            string `json:"status"`
	IsAttachedCompute bool   `json:"isAttachedCompute"`
}) {
	var d struct {
		Properties json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(doc, &d) == nil {
		_ = json.Unmarshal(d.Properties, &p) // where they are others, it neither runs nor is attached
	}
	return p
}
