package dsr

import "time"

// HopClass says why a task is sent again.
type HopClass string

// Classes of hops.
const (
	HopThrottled  HopClass = "throttled"
	HopTransient  HopClass = "transient"
	HopCrashed    HopClass = "crashed"
	HopLost       HopClass = "lost"
	HopUnfinished HopClass = "unfinished"
	HopStage      HopClass = "stage" // the reconciler sends what is ready to be deleted
)

// Hop is the record of one sending again: who finds one sends it as it stands.
type Hop struct {
	SchemaVersion string    `json:"schemaVersion"`
	TaskID        string    `json:"taskId"`
	Number        int       `json:"hop"` // the hop to be sent, from 1
	Class         HopClass  `json:"class"`
	NotBefore     time.Time `json:"notBefore"`
	LastError     string    `json:"lastError"`
	Progress      int       `json:"progress"` // blocks staged, or blobs removed, by the invocation that ended unfinished
	RecordedAt    time.Time `json:"recordedAt"`
	// Token goes on with a deletion that the upstream had not finished.
	Token string `json:"token,omitempty"`
}
