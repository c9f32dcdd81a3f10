package dsr

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Formats of callbacks.
const (
	FormatOpenDSR     = "opendsr"
	FormatCloudEvents = "cloudevents"
)

// Callback is a URL that hears of a request's changes, and in which format.
type Callback struct {
	URL    string `json:"url"`
	Format string `json:"format"`
}

// Notification is a message of dsr-callbacks: one of a request's callbacks is owed one of
// its changes. It has no URL: the request's record has it.
type Notification struct {
	SchemaVersion string `json:"schemaVersion"`
	RequestID     string `json:"requestId"`
	Sequence      int    `json:"sequence"` // of the change, from 1
	Callback      int    `json:"callback"` // in the request, from 1
	// Failed counts the tries that failed, and Throttled those that the receiver asked to
	// come back for.
	Failed    int `json:"failed"`
	Throttled int `json:"throttled"`
}

// PropCallback is the application property that names what a notification is about.
const PropCallback = "callback"

// Name names the change and the callback: each of its messages has the same.
func (n Notification) Name() string {
	return n.RequestID + "~" + strconv.Itoa(n.Sequence) + "~" + strconv.Itoa(n.Callback)
}

// Message makes the message of the next try.
func (n Notification) Message(notBefore time.Time) (Message, error) {
	n.SchemaVersion = SchemaVersion
	body, err := json.Marshal(n)
	if err != nil {
		return Message{}, fmt.Errorf("encoding the notification %s: %w", n.Name(), err)
	}

	id := fmt.Sprintf("callback.%s.%d.%d.%d.%d", n.RequestID, n.Sequence, n.Callback, n.Failed, n.Throttled)
	return Message{
		ID:        id,
		Body:      body,
		NotBefore: notBefore,
		Properties: traced(Attempt{RequestID: n.RequestID, Number: 1}, map[string]any{
			PropRequestID: n.RequestID,
			PropCallback:  n.Name(),
		}),
	}, nil
}

// DecodeNotification reads a message of dsr-callbacks.
func DecodeNotification(body []byte) (Notification, error) {
	var n Notification
	err := json.Unmarshal(body, &n)
	names := n.SchemaVersion == SchemaVersion && ValidID(n.RequestID) && n.Sequence >= 1 && n.Callback >= 1
	if err != nil || !names || n.Failed < 0 || n.Throttled < 0 {
		return Notification{}, Errorf(NoTask, ReasonUnknownTask, "the message is no notification: want schemaVersion, requestId, sequence and callback")
	}
	return n, nil
}

// CallbacksPrefix is the root, in the index container, of the attempts whose callbacks may
// still be owed something. What is below it is no evidence.
const CallbacksPrefix = "_callbacks/"

// Callbacks names the index blob of an attempt whose callbacks may be owed something.
func (a Attempt) Callbacks() string {
	return CallbacksPrefix + a.RequestID + "~" + strconv.Itoa(a.Number)
}

// ParseCallbacks reads the attempt back from an index blob's name.
func ParseCallbacks(name string) (Attempt, error) {
	rest, ok := strings.CutPrefix(name, CallbacksPrefix)
	a, err := ParseOpen(OpenPrefix + rest)
	if !ok || err != nil {
		return Attempt{}, fmt.Errorf("%q is not the name of an attempt with callbacks", name)
	}
	return a, nil
}
