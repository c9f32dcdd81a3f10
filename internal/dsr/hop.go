package dsr

import "time"

// HopClass is why a task is sent again.
type HopClass string

// Classes of resends.
const (
	HopThrottled  HopClass = "throttled"
	HopTransient  HopClass = "transient"
	HopCrashed    HopClass = "crashed"
	HopLost       HopClass = "lost"
	HopUnfinished HopClass = "unfinished"
	HopStage      HopClass = "stage" // the reconciler sends what is ready to be deleted
)

// Hop is the record of one resend of a task. Whoever finds it sends the task as it says.
type Hop struct {
	SchemaVersion string    `json:"schemaVersion"`
	TaskID        string    `json:"taskId"`
	Number        int       `json:"hop"` // the send number, from 1
	Class         HopClass  `json:"class"`
	NotBefore     time.Time `json:"notBefore"`
	LastError     string    `json:"lastError"`
	Progress      int       `json:"progress"` // blocks staged, or blobs removed, by the invocation that ended unfinished
	RecordedAt    time.Time `json:"recordedAt"`
	// Token is what a deletion that the upstream has not finished goes on with.
	Token string `json:"token,omitempty"`
}
