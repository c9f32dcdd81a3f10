package dsr

// RetryProgress is how far the plan of an attempt after the first is made. It is an
// index that saves work: who finds none begins again.
type RetryProgress struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Attempt       int    `json:"attempt"` // that is planned
	// Reads is the earlier attempt that is read, Node the node of its plan that was
	// passed last. Begun says that what its plan itself says is in.
	Reads  int      `json:"reads"`
	Begun  bool     `json:"begun"`
	Node   int      `json:"node"`
	Nodes  []Node   `json:"nodes"`  // of the plan, by now
	Absent []string `json:"absent"` // the targets that discovery failed on before
}

// RetryProgress names the record of how far the attempt's plan is made.
func (a Attempt) RetryProgress() string { return a.planningFolder() + "retry.json" }
