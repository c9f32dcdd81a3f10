package dsr

// RetryProgress is how far the plan of an attempt after the first is made. It saves work
// and is no evidence: without it planning begins again.
type RetryProgress struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"` // the one that is planned
	// Reads is the earlier attempt that is being read, and Node the last node of its plan
	// that was read. Begun reports whether what the plan itself says is in Nodes and
	// Absent.
	Reads  int      `json:"reads"`
	Begun  bool     `json:"begun"`
	Node   int      `json:"node"`
	Nodes  []Node   `json:"nodes"`  // of the plan, so far
	Absent []string `json:"absent"` // the targets on which discovery failed before
}

// RetryProgress names the blob of the attempt's RetryProgress.
func (a Attempt) RetryProgress() string { return a.planningFolder() + "retry.json" }
