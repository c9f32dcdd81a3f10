package fanout

import (
	"encoding/json"
	"strings"
	"time"

	"azureml-dsr/internal/dsr"
)

// A CloudEvents event is a request when it is of this type and version.
const (
	eventType    = "dsr.request.v1"
	eventVersion = "1.0"
)

// structuredMedia begins the content type of an event that is one JSON object.
const structuredMedia = "application/cloudevents"

// The application properties of a binary event begin with one of these, by the AMQP
// binding of CloudEvents. The second is for peers that accept no colon.
const (
	colonPrefix = "cloudEvents:"
	plainPrefix = "cloudEvents_"
)

// Unwrap returns the bare request that a message carries: its body, or the data of a
// CloudEvents event. at is the event's time, zero where it has none. The error is Permanent.
func Unwrap(m Received) (request []byte, at time.Time, err error) { return unwrap(m) }

// unwrap returns the bare request that a message carries: its body, or the data of a
// CloudEvents event. at is the event's time, zero where it has none.
func unwrap(m Received) (request []byte, at time.Time, err error) {
	media := mediaType(m.ContentType)
	if strings.HasPrefix(media, structuredMedia) {
		return structured(media, m.Body, m.EnqueuedTime)
	}
	if isEvent(m.Body) {
		return nil, time.Time{}, invalid("the message is a CloudEvents event, but its content type does not say so; set that to %s+json", structuredMedia)
	}

	prefix, err := eventPrefix(m.Properties)
	if err != nil || prefix == "" {
		return m.Body, time.Time{}, err
	}

	at, err = checkEvent(m.EnqueuedTime, func(name string) (string, bool) {
		if name == "datacontenttype" { // the message's own, in this form
			return m.ContentType, true
		}
		v, found := m.Properties[prefix+name]
		text, ok := v.(string)
		return text, ok || !found
	})

	return m.Body, at, err
}

// isEvent reports whether a body is an event of which the sender has not set the content
// type. No request has these members.
func isEvent(body []byte) bool {
	var event struct {
		SpecVersion json.RawMessage `json:"specversion"`
		Type        json.RawMessage `json:"type"`
	}
	err := json.Unmarshal(dsr.WithoutByteOrderMark(body), &event)
	return err == nil && event.SpecVersion != nil && event.Type != nil
}

// eventPrefix returns the prefix of a message's event properties, "" for none. It refuses
// a message with both, which could carry two events.
func eventPrefix(props map[string]any) (string, error) {
	colon, plain := false, false
	for name := range props {
		colon = colon || strings.HasPrefix(name, colonPrefix)
		plain = plain || strings.HasPrefix(name, plainPrefix)
	}

	switch {
	case colon && plain:
		return "", unsupported("application properties begin with %s and with %s; use one of them", colonPrefix, plainPrefix)
	case colon:
		return colonPrefix, nil
	case plain:
		return plainPrefix, nil
	}

	return "", nil
}

// structured returns the data and the time of an event in the JSON format.
func structured(media string, body []byte, enqueued time.Time) (data []byte, at time.Time, err error) {
	if media != structuredMedia && media != structuredMedia+"+json" {
		return nil, time.Time{}, unsupported("content type: want one event a message, as %s+json", structuredMedia)
	}
	text, err := dsr.StrictJSON(body)
	if err != nil {
		return nil, time.Time{}, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return nil, time.Time{}, invalid("the event is not a JSON object")
	}

	for name, v := range members {
		if string(v) == "null" { // counts as absent
			delete(members, name)
		}
	}

	at, err = checkEvent(enqueued, func(name string) (string, bool) {
		var text string
		raw, found := members[name]
		ok := !found || json.Unmarshal(raw, &text) == nil
		return text, ok
	})
	if err != nil {
		return nil, time.Time{}, err
	}

	data, err = eventData(members)
	return data, at, err
}

// eventData returns the data of an event from whichever of its two members has it.
func eventData(members map[string]json.RawMessage) ([]byte, error) {
	plain, isPlain := members["data"]
	encoded, isEncoded := members["data_base64"]
	if isPlain == isEncoded {
		return nil, invalid("the event needs the request in either data or data_base64")
	}
	if isPlain {
		return plain, nil
	}

	var data []byte // Base64 in JSON
	if err := json.Unmarshal(encoded, &data); err != nil {
		return nil, invalid("/data_base64: want Base64")
	}

	return data, nil
}

// checkEvent checks the attributes of an event, which was enqueued at a time, and returns
// its own time. get returns an attribute,
// "" for an absent one, and false for one that is not text.
func checkEvent(enqueued time.Time, get func(name string) (string, bool)) (at time.Time, err error) {
	attributes := map[string]string{}
	for _, name := range []string{"specversion", "type", "id", "source", "time", "datacontenttype"} {
		v, ok := get(name)
		if !ok {
			return at, unsupported("event attribute %s: want text", name)
		}
		attributes[name] = v
	}

	switch media := mediaType(attributes["datacontenttype"]); {
	case attributes["specversion"] != eventVersion:
		return at, unsupported("event attribute specversion: want %s", eventVersion)
	case attributes["type"] != eventType:
		return at, unsupported("event attribute type: want %s", eventType)
	case attributes["id"] == "" || attributes["source"] == "":
		return at, unsupported("an event needs the attributes id and source")
	case media != "" && media != "application/json" && !strings.HasSuffix(media, "+json"):
		return at, unsupported("the event's data has another content type than application/json")
	case attributes["time"] == "":
		return at, nil
	}

	at, wrong := parsePast(attributes["time"], enqueued, "submitted")
	if wrong != "" {
		return at, unsupported("event attribute time: %s", wrong)
	}

	return at, nil
}

// mediaType returns a content type without its parameters, in lower case.
func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func unsupported(format string, args ...any) error {
	return dsr.Errorf(dsr.Permanent, dsr.ReasonUnsupportedEventType, format, args...)
}
