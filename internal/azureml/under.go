package azureml

import (
	"encoding/json"
	"slices"
)

// Under returns what a run hangs below, as its document says: the run that started it and
// the one at the top. It is nil for what hangs below nothing.
func Under(doc []byte) []string {
	var run struct {
		RunID       string `json:"runId"`
		ParentRunID string `json:"parentRunId"`
		RootRunID   string `json:"rootRunId"`
	}
	if json.Unmarshal(doc, &run) != nil || run.RunID == "" {
		return nil
	}

	var under []string
	for _, id := range []string{run.ParentRunID, run.RootRunID} {
		if id != "" && id != run.RunID && !slices.Contains(under, id) {
			under = append(under, id)
		}
	}
	return under
}
