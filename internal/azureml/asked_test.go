package azureml

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestOnlyTheDocumentThatWasAskedForIsOne(t *testing.T) {
	const permanent, transient, fine = dsr.Permanent, dsr.Transient, dsr.Unclear
	for name, tt := range map[string]struct {
		row, doc string
		want     dsr.Class
	}{
		"a run":                                  {"W53", `{"runId":"r","error":{"error":{"code":"UserError"}}}`, fine},
		"a run with an error of its own":         {"E16", `{"runId":"r","status":"Failed","error":{"code":"X"}}`, fine},
		"an object with only unknown members":    {"W29", `{"neverSeen":1}`, fine},
		"null":                                   {"W29", "null", permanent},
		"null behind white space":                {"W29", " \n null", permanent},
		"a number":                               {"W29", "17", permanent},
		"a text":                                 {"W29", `"Not available"`, permanent},
		"a list of runs":                         {"E16", `[{"runId":"r"}]`, permanent},
		"true":                                   {"E01", "true", permanent},
		"a beginning that is blank":              {"E01", "   ", fine},
		"nothing":                                {"E01", "", permanent},
		"a link as a text":                       {"E20", `"https://a.blob.core.windows.net/c/x?sig=s"`, fine},
		"no link":                                {"E20", "null", permanent},
		"an error of ARM's":                      {"W29", `{"error":{"code":"ResourceNotFound","message":"m"}}`, permanent},
		"an error of the data plane's":           {"W53", `{"error":{"code":"UserError","innerError":{"code":"NotFound"}},"correlation":{},"environment":"e","location":"l","time":"t"}`, permanent},
		"an error that is flat":                  {"E03", `{"code":"NotFound","statusCode":404,"message":"m","details":[]}`, permanent},
		"an error that passes":                   {"W53", `{"error":{"code":"ServiceUnavailable"}}`, transient},
		"an inner error that passes":             {"W53", `{"error":{"code":"ServiceError","innerError":{"code":"TooManyRequests"}}}`, transient},
		"an envelope without a code is no error": {"W53", `{"time":"2026-11-29T00:00:00Z"}`, fine},
		"no JSON is refused elsewhere":           {"W53", `{"error":`, fine},
		"a list":                                 {"E14", `{"value":[]}`, fine},
		"a bare list":                            {"E14", `[]`, fine},
		"a list that is null":                    {"E14", "null", permanent},
		"a list that is an error":                {"W28", `{"error":{"code":"ServerBusy"}}`, transient},
		"of another shape it is refused later":   {"E14", `7`, fine},
	} {
		t.Run(name, func(t *testing.T) {
			err := row(t, tt.row).AsAsked([]byte(tt.doc))
			if (err == nil) != (tt.want == fine) || (err != nil && (dsr.ClassOf(err) != tt.want || dsr.ReasonOf(err) != dsr.ReasonMalformedAnswer)) {
				t.Errorf("got %v of class %s, want %s", err, dsr.ClassOf(err), tt.want)
			}
		})
	}
}
