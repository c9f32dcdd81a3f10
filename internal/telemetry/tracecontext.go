package telemetry

import (
	"encoding/hex"
	"strings"
)

// SpanContext identifies a span to other processes, by W3C Trace Context.
// (https://www.w3.org/TR/trace-context/)
type SpanContext struct {
	TraceID TraceID
	SpanID  SpanID
	Sampled bool
	// State is the tracestate of other vendors, passed on as it came; "" for none.
	State string
}

// IsValid reports whether the context names a span.
func (c SpanContext) IsValid() bool { return !c.TraceID.IsZero() && !c.SpanID.IsZero() }

const (
	traceParentLength = len("00-0123456789abcdef0123456789abcdef-0123456789abcdef-01")
	sampledFlag       = 0x01
)

// TraceParent returns the context as a traceparent.
func (c SpanContext) TraceParent() string {
	flags := "-00"
	if c.Sampled {
		flags = "-01"
	}
	return "00-" + c.TraceID.String() + "-" + c.SpanID.String() + flags
}

// ParseTraceParent reads a traceparent of any version. ok is false where it names no span.
func ParseTraceParent(text string) (c SpanContext, ok bool) {
	if len(text) < traceParentLength || text[2] != '-' || text[35] != '-' || text[52] != '-' {
		return SpanContext{}, false
	}

	var version, flags [1]byte
	ok = lowerHex(version[:], text[:2]) && lowerHex(c.TraceID[:], text[3:35]) &&
		lowerHex(c.SpanID[:], text[36:52]) && lowerHex(flags[:], text[53:55])
	first, whole := version[0] == 0, len(text) == traceParentLength
	later := version[0] != 0xff && (whole || text[traceParentLength] == '-')
	if !ok || !c.IsValid() || (first && !whole) || !later {
		return SpanContext{}, false
	}

	c.Sampled = flags[0]&sampledFlag != 0
	return c, true
}

// lowerHex decodes lower-case hex digits, the only ones that the standard allows.
func lowerHex(to []byte, text string) bool {
	if strings.ToLower(text) != text {
		return false
	}
	_, err := hex.Decode(to, []byte(text))
	return err == nil
}

// maxState is how much of a tracestate is passed on, in bytes. The standard asks for no
// more.
const maxState = 512

// StateOf returns a tracestate that may be passed on, "" for any other.
func StateOf(text string) string {
	if len(text) > maxState {
		return ""
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' {
			return ""
		}
	}
	return text
}

// Names of the application properties of a message that hold a context. Azure's older
// libraries read and write Diagnostic-Id.
const (
	PropTraceParent  = "traceparent"
	PropTraceState   = "tracestate"
	PropDiagnosticID = "Diagnostic-Id"
)

// Extract returns the SpanContext in a message's application properties.
func Extract(properties map[string]any) (SpanContext, bool) {
	for _, name := range []string{PropTraceParent, PropDiagnosticID} {
		text, _ := properties[name].(string)
		if c, ok := ParseTraceParent(text); ok {
			state, _ := properties[PropTraceState].(string)
			c.State = StateOf(state)
			return c, true
		}
	}
	return SpanContext{}, false
}

// Inject puts a SpanContext into a message's application properties.
func (c SpanContext) Inject(properties map[string]any) {
	parent := c.TraceParent()
	properties[PropTraceParent], properties[PropDiagnosticID] = parent, parent
	if c.State != "" {
		properties[PropTraceState] = c.State
	} else {
		delete(properties, PropTraceState)
	}
}
