package telemetry_test

import (
	"strings"
	"testing"

	"azureml-dsr/internal/telemetry"
)

const (
	aTrace  = "0af7651916cd43dd8448eb211c80319c"
	aSpan   = "b7ad6b7169203331"
	aParent = "00-" + aTrace + "-" + aSpan + "-01"
)

func TestTraceParent(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		ok   bool
		want string
	}{
		"sampled":                          {aParent, true, aParent},
		"not sampled":                      {"00-" + aTrace + "-" + aSpan + "-00", true, "00-" + aTrace + "-" + aSpan + "-00"},
		"flags that are not known yet":     {"00-" + aTrace + "-" + aSpan + "-03", true, aParent},
		"of a later version":               {"cc-" + aTrace + "-" + aSpan + "-01", true, aParent},
		"of a later version, with more":    {"cc-" + aTrace + "-" + aSpan + "-01-what", true, aParent},
		"nothing":                          {"", false, ""},
		"with more":                        {aParent + "-what", false, ""},
		"of a later version, running on":   {"cc-" + aTrace + "-" + aSpan + "-01.what", false, ""},
		"of the version that is forbidden": {"ff-" + aTrace + "-" + aSpan + "-01", false, ""},
		"in capitals":                      {"00-" + strings.ToUpper(aTrace) + "-" + aSpan + "-01", false, ""},
		"no trace":                         {"00-" + strings.Repeat("0", 32) + "-" + aSpan + "-01", false, ""},
		"no span":                          {"00-" + aTrace + "-" + strings.Repeat("0", 16) + "-01", false, ""},
		"a name":                           {"ada@example.org", false, ""},
		"too long a name":                  {strings.Repeat("é", 60), false, ""},
		"digits that are none":             {"00-" + strings.Repeat("g", 32) + "-" + aSpan + "-01", false, ""},
		"other separators":                 {strings.ReplaceAll(aParent, "-", "_"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c, ok := telemetry.ParseTraceParent(tt.text)
			if ok != tt.ok || (ok && c.TraceParent() != tt.want) {
				t.Errorf("got %q, %t", c.TraceParent(), ok)
			}
		})
	}
}

func TestAContextTravelsInAMessage(t *testing.T) {
	want, _ := telemetry.ParseTraceParent(aParent)
	want.State = "vendor=a,other=b"
	properties := map[string]any{"requestId": "r"}
	want.Inject(properties)
	if properties["traceparent"] != aParent || properties["Diagnostic-Id"] != aParent || properties["tracestate"] != want.State || properties["requestId"] != "r" {
		t.Errorf("the properties are %v", properties)
	}
	if got, ok := telemetry.Extract(properties); !ok || got != want {
		t.Errorf("got %+v, %t", got, ok)
	}

	stateless := want
	stateless.State = ""
	stateless.Inject(properties)
	if got, _ := telemetry.Extract(properties); got != stateless {
		t.Errorf("got %+v", got)
	}
}

func TestWhatASenderMayWriteIsNoContext(t *testing.T) {
	for name, properties := range map[string]map[string]any{
		"none":            nil,
		"a number":        {"traceparent": 7},
		"a name":          {"traceparent": "Ada Lovelace", "Diagnostic-Id": "|ada.1."},
		"a state alone":   {"tracestate": "vendor=a"},
		"an older scheme": {"Diagnostic-Id": "|4bf92f3577b34da6.1."},
	} {
		if c, ok := telemetry.Extract(properties); ok {
			t.Errorf("%s: %+v", name, c)
		}
	}

	older := map[string]any{"Diagnostic-Id": aParent, "tracestate": strings.Repeat("x", 513)}
	if c, ok := telemetry.Extract(older); !ok || c.TraceParent() != aParent || c.State != "" {
		t.Errorf("got %+v, %t", c, ok)
	}
	if s := telemetry.StateOf("a=b\nc"); s != "" {
		t.Errorf("a state with a line break is %q", s)
	}
}

func FuzzTraceParent(f *testing.F) {
	f.Add(aParent)
	f.Add("cc-" + aTrace + "-" + aSpan + "-01-what")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := telemetry.ParseTraceParent(text)
		if !ok {
			return
		}
		again, ok := telemetry.ParseTraceParent(c.TraceParent())
		if !ok || again != c || !strings.Contains(text, c.TraceID.String()) {
			t.Errorf("%q became %q", text, c.TraceParent())
		}
	})
}
