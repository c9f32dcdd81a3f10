// Package eventhttp takes requests as CloudEvents 1.0 events over HTTP, structured or
// binary, as the HTTP binding and the webhook specification of CloudEvents describe them.
package eventhttp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	strictjson "github.com/go-json-experiment/json"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
)

// headerPrefix begins the headers of a binary event's attributes. propertyPrefix is what
// they begin with in a queue.
const (
	headerPrefix   = "Ce-"
	propertyPrefix = "cloudEvents_"
)

// structuredMedia begins the content type of an event that is one JSON object.
const structuredMedia = "application/cloudevents"

// members are those of a request. Their values stay as they were sent.
type members map[string]json.RawMessage

// Read returns the request that an event carries, as submittedBy answers for it. The
// event's id is the request's where that names none, and its time stands for a submittedAt
// that was left out. The error is a *dsr.Error of class Permanent.
func Read(h http.Header, body []byte, submittedBy string, now time.Time) (request []byte, err error) {
	properties, err := propertiesOf(h)
	if err != nil {
		return nil, err
	}
	contentType := h.Get("Content-Type")
	if !isStructured(contentType) && len(properties) == 0 {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonUnsupportedEventType,
			"this is no event: set the content type to %s+json, or the attributes as headers that begin with ce-", structuredMedia)
	}

	data, at, err := fanout.Unwrap(fanout.Received{
		Body:         body,
		ContentType:  contentType,
		EnqueuedTime: now,
		Properties:   properties,
	})
	if err != nil {
		return nil, err
	}
	text, err := dsr.StrictJSON(data)
	if err != nil {
		return nil, err
	}
	var m members
	if json.Unmarshal(text, &m) != nil || m == nil {
		return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "the event's data is not a JSON object")
	}

	m.set("submittedBy", submittedBy)
	m.setUnset("source", "cloudevents")
	if id := eventID(contentType, properties, body); dsr.ValidID(id) {
		m.setUnset("id", id)
	}
	if !at.IsZero() {
		m.setUnset("submittedAt", at.Format(time.RFC3339Nano))
	}

	return json.Marshal(m)
}

func isStructured(contentType string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(contentType)), structuredMedia)
}

// propertiesOf returns the attributes of a binary event as a queue has them. Values in
// headers are percent-encoded.
func propertiesOf(h http.Header) (map[string]any, error) {
	properties := map[string]any{}
	for name, values := range h {
		attribute, ok := strings.CutPrefix(name, headerPrefix)
		if !ok {
			continue
		}
		value, err := url.PathUnescape(values[0])
		if err != nil || len(values) > 1 {
			return nil, dsr.Errorf(dsr.Permanent, dsr.ReasonUnsupportedEventType, "a header that begins with ce- stands twice, or is wrongly percent-encoded")
		}
		properties[propertyPrefix+strings.ToLower(attribute)] = value
	}
	return properties, nil
}

// eventID returns the event's own id.
func eventID(contentType string, properties map[string]any, body []byte) string {
	if !isStructured(contentType) {
		id, _ := properties[propertyPrefix+"id"].(string)
		return id
	}
	var event struct {
		ID string `json:"id"`
	}
	_ = strictjson.Unmarshal(dsr.WithoutByteOrderMark(body), &event) // it was read before
	return event.ID
}

func (m members) set(name, value string) {
	text, _ := json.Marshal(value) // of a text, which always succeeds
	m[name] = text
}

func (m members) setUnset(name, value string) {
	if _, found := m[name]; !found {
		m.set(name, value)
	}
}
