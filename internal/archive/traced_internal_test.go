package archive

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/telemetry/telemetrytest"
)

// answering answers every call with a status.
type answering int

func (status answering) Do(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	rec.WriteHeader(int(status))
	resp := rec.Result()
	resp.Request = r
	return resp, nil
}

func TestACallOfStorageIsASpanWithoutNames(t *testing.T) {
	for status, failed := range map[int]bool{http.StatusOK: false, http.StatusNotFound: false, http.StatusForbidden: true} {
		receiver := telemetrytest.NewReceiver(t)
		recorder := receiver.Start(nil)
		ctx, span := recorder.Begin(t.Context(), "process", telemetry.Consumer, telemetry.Beginning{})
		backend, err := Dial(DialOptions{
			ServiceURL: "https://lovelace.blob.core.windows.net",
			Container:  "ada",
			Transport:  answering(status),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = backend.Stat(ctx, "ada@example.org")
		span.End()
		recorder.Close(time.Second)

		for _, s := range receiver.Spans() {
			if s.Name == "process" {
				continue
			}
			if s.Name != "HEAD blob" || s.Failed != failed || s.Attributes["http.response.status_code"] == "" {
				t.Errorf("recorded was %+v", s)
			}
			for k, v := range s.Attributes {
				if strings.Contains(v, "ada") || strings.Contains(v, "lovelace") {
					t.Errorf("%s is %q", k, v)
				}
			}
		}
		if n := len(receiver.Spans()); n != 2 {
			t.Errorf("%d: %d spans", status, n)
		}
	}
}

func TestWhatACallOfStorageIsAbout(t *testing.T) {
	for query, want := range map[string]string{
		"":                            "blob",
		"restype=container&comp=list": "blobs",
		"comp=block&blockid=YWRh":     "block",
		"comp=blocklist":              "blocklist",
		"comp=ada@example.org":        "blob",
		"restype=container":           "blob",
	} {
		r := httptest.NewRequest(http.MethodPut, "https://a.blob.core.windows.net/c/b?"+query, http.NoBody)
		if got := operationOf(r); got != want {
			t.Errorf("%q is about %s", query, got)
		}
	}
}
