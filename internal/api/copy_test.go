package api_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"azureml-dsr/internal/api"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator/operatortest"
)

const copyPath = "/api/requests/req-1/copy"

// aboutAda returns a closed export about somebody.
func aboutAda(t *testing.T) *operatortest.Stored {
	return operatortest.ClosedAbout(t, &dsr.Subject{ObjectID: ada})
}

type copyAnswer struct {
	State, AskedBy, EndedBy, Reason, SHA256 string
	Number                                  int
	Bytes                                   int64
	MadeAt, Until                           time.Time
	Links                                   map[string]string
}

// TestACopyFromItsOrderToItsEnd orders, follows, fetches and revokes a copy, each by who may.
func TestACopyFromItsOrderToItsEnd(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, aboutAda(t), api.Options{Auth: api.Auth{Platform: true, TenantID: tenant}, Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	by := func(method, query, body, oid string, roles ...string) *http.Response {
		t.Helper()
		return s.do(call{method: method, path: copyPath + query, body: body, header: as(oid, roles...)}).Result()
	}
	state := func(r *http.Response) copyAnswer {
		t.Helper()
		var body bytes.Buffer
		if _, err := body.ReadFrom(r.Body); err != nil {
			t.Fatal(err)
		}
		return decodedText[copyAnswer](t, body.Bytes())
	}

	if r := by("POST", "", "{}", bob, "DSR.Read"); r.StatusCode != http.StatusForbidden {
		t.Errorf("who may read alone orders a copy: %d", r.StatusCode)
	}
	if a := state(by("GET", "", "", bob, "DSR.Read")); a.State != "none" {
		t.Errorf("before the order: %+v", a)
	}

	r := by("POST", "", "{}", ada, "DSR.Operate")
	if a := state(r); r.StatusCode != http.StatusAccepted || !strings.HasSuffix(r.Header.Get("Location"), copyPath) || r.Header.Get("Retry-After") == "" ||
		a.State != "making" || a.AskedBy != "[oid "+ada+", tid "+tenant+"]" {
		t.Errorf("ordered: %d %+v", r.StatusCode, a)
	}
	if r := by("GET", "?download", "", bob, "DSR.Read"); r.StatusCode != http.StatusConflict || r.Header.Get("x-ms-error-code") != "CopyNotReady" {
		t.Errorf("before it is made: %d", r.StatusCode)
	}
	if failed := s.MakeCopies(s.queues, operatortest.Time); len(failed) > 0 {
		t.Fatal(failed)
	}

	ready := state(by("GET", "", "", bob, "DSR.Read"))
	if ready.State != "ready" || !ready.Until.Equal(operatortest.Time.Add(operatortest.CopyKept)) || !strings.HasSuffix(ready.Links["download"], copyPath+"?download") {
		t.Errorf("made: %+v", ready)
	}
	if r := by("GET", "?download", "", bob, "DSR.Approve"); r.StatusCode != http.StatusForbidden {
		t.Errorf("who may not read fetches the copy: %d", r.StatusCode)
	}
	checkFetched(t, by("GET", "?download", "", bob, "DSR.Read"), ready)
	if text := log.String(); strings.Count(text, `"msg":"a copy for the person was fetched"`) != 1 || !strings.Contains(text, `"by":"`+bob+`"`) || strings.Contains(text, "example.org") {
		t.Errorf("logged %s", text)
	}

	if r := by("DELETE", "", `{"reason":"sent to the wrong address"}`, bob, "DSR.Read"); r.StatusCode != http.StatusForbidden {
		t.Errorf("who may read alone revokes a copy: %d", r.StatusCode)
	}
	for range 2 { // the second changes nothing
		r := by("DELETE", "?reason=sent+to+the+wrong+address", "", ada, "DSR.Operate")
		if a := state(r); r.StatusCode != http.StatusOK || a.State != "revoked" || a.Reason != "sent to the wrong address" || a.EndedBy != "[oid "+ada+", tid "+tenant+"]" || len(a.Links) > 0 {
			t.Errorf("revoked: %d %+v", r.StatusCode, a)
		}
	}
	if r := by("GET", "?download", "", bob, "DSR.Read"); r.StatusCode != http.StatusGone || r.Header.Get("x-ms-error-code") != "CopyEnded" {
		t.Errorf("after it was revoked: %d", r.StatusCode)
	}
	if _, err := s.Exports.Backend().Stat(t.Context(), dsr.CopyBlob("req-1")); err == nil {
		t.Error("the copy is still stored")
	}

	state(by("POST", "", "", ada, "DSR.Operate"))
	s.MakeCopies(s.queues, operatortest.Time)
	if a := state(by("GET", "", "", bob, "DSR.Read")); a.State != "ready" || a.Number != 2 || a.SHA256 != ready.SHA256 {
		t.Errorf("another one: %+v", a)
	}
}

// checkFetched holds that an answer is the copy.
func checkFetched(t *testing.T, r *http.Response, want copyAnswer) {
	t.Helper()
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body.Bytes())
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/zip" || r.Header.Get("Content-Disposition") != `attachment; filename="req-1.zip"` ||
		r.Header.Get("Cache-Control") != "no-store" || int64(body.Len()) != want.Bytes || hex.EncodeToString(sum[:]) != want.SHA256 {
		t.Errorf("fetched %d bytes, %v", body.Len(), r.Header)
	}
	if _, err := zip.NewReader(bytes.NewReader(body.Bytes()), int64(body.Len())); err != nil {
		t.Error(err)
	}
}

// TestTheLinkOfACopyDies holds that nobody gets a copy whose time is up, whether or not
// the watch has removed it by then.
func TestTheLinkOfACopyDies(t *testing.T) {
	stored := aboutAda(t)
	s := local(t, stored)
	want(t, s.post(copyPath, "{}"), http.StatusAccepted, "")
	stored.MakeCopies(s.queues, operatortest.Time)
	want(t, s.get(copyPath+"?download"), http.StatusOK, "")

	later := operatortest.Time.Add(operatortest.CopyKept)
	o, _ := stored.Operator(later)
	s = newSite(t, stored, api.Options{Auth: api.Auth{Token: token}, Now: func() time.Time { return later }})
	s.Handler = api.New(api.Options{Operator: o, Validator: newValidator, Auth: api.Auth{Token: token}, Now: func() time.Time { return later }})
	want(t, s.get(copyPath+"?download"), http.StatusGone, "CopyEnded")
	if a := decoded[copyAnswer](t, s.get(copyPath)); a.State != "expired" || len(a.Links) > 0 {
		t.Errorf("%+v", a)
	}
}

// TestWhatCannotBeCopiedIsRefused asks for copies of requests that have nothing to hand over.
func TestWhatCannotBeCopiedIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		site site
		body string
		code string
	}{
		"one that is about everybody": {local(t, operatortest.Closed(t)), "{}", "NotCopyable"},
		"one that is open":            {openAboutAda(t), "{}", "NotCopyable"},
		"one that failed in part":     {partlyFailed(t), "{}", "NotCopyable"},
		"a contact of two lines":      {local(t, aboutAda(t)), `{"contact":"a\nb"}`, "InvalidInput"},
		"an unknown member":           {local(t, aboutAda(t)), `{"whole":true}`, "InvalidInput"},
	} {
		t.Run(name, func(t *testing.T) {
			w := tt.site.post(copyPath, tt.body)
			if w.Code < 400 || w.Header().Get("x-ms-error-code") != tt.code || len(tt.site.queues.Messages) > 0 {
				t.Errorf("answered %d %s, sent %d", w.Code, w.Body, len(tt.site.queues.Messages))
			}
		})
	}

	partial := partlyFailed(t)
	want(t, partial.post(copyPath, `{"partial":true}`), http.StatusAccepted, "")
	partial.MakeCopies(partial.queues, operatortest.Time)
	if a := decoded[copyAnswer](t, partial.get(copyPath)); a.State != "ready" {
		t.Errorf("a partial copy is %+v", a)
	}
}

func openAboutAda(t *testing.T) site {
	stored := operatortest.New(t)
	stored.Subject = &dsr.Subject{ObjectID: ada}
	stored.Open()
	stored.MakePlan()
	return local(t, stored)
}

func partlyFailed(t *testing.T) site {
	stored := operatortest.New(t)
	stored.Subject = &dsr.Subject{ObjectID: ada}
	stored.Open()
	stored.MakePlan()
	stored.List(stored.Task(1, 0), operatortest.AccountID)
	stored.Fail(stored.Task(1, 0))
	stored.List(stored.Task(2, 0), "one")
	stored.Work(stored.Task(2, 0), "E03", "one")
	stored.CloseAttempt()
	return local(t, stored)
}

func decodedText[T any](t *testing.T, text []byte) (value T) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}
