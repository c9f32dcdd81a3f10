package opendsr_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
	"azureml-dsr/internal/senders/opendsr"
	"azureml-dsr/internal/senders/senderstest"
)

// signer signs with the body itself.
type signer struct{ err error }

func (s signer) Sign(h http.Header, body []byte) error {
	h.Set("X-OpenDSR-Processor-Domain", domain)
	h.Set("X-OpenDSR-Signature", base64.StdEncoding.EncodeToString(body))
	return s.err
}

func (signer) Domain() string       { return domain }
func (signer) Certificates() []byte { return []byte("-----BEGIN CERTIFICATE-----\n") }

var crm = senders.Call{Controller: "crm", Name: "crm [oid 1, tid 2]", Base: "https://dsr.example/api"}

func newHandler(requests senders.Requests, sign opendsr.Signer) http.Handler {
	return newHandlerFor(crm, requests, sign)
}

func newHandlerFor(call senders.Call, requests senders.Requests, sign opendsr.Signer) http.Handler {
	return senderstest.Mounted(opendsr.Routes(opendsr.Options{
		Requests: requests,
		Signer:   sign,
		Now:      func() time.Time { return time.Date(2026, 11, 2, 15, 0, 1, 0, time.UTC) },
	}), call)
}

func TestOnlyWhatAControllerMustReadIsForAnybody(t *testing.T) {
	requests := &senderstest.Requests{States: map[string]senders.State{id: {Status: operator.Status{State: "received"}}}}
	h := newHandlerFor(senders.Call{Base: "https://dsr.example/api"}, requests, signer{})
	for route, status := range map[string]int{
		"GET /api/v2/discovery":         200,
		"GET /api/v2/certificate":       200,
		"POST /api/v2/requests":         401,
		"GET /api/v2/requests/" + id:    401,
		"DELETE /api/v2/requests/" + id: 401,
	} {
		method, path, _ := strings.Cut(route, " ")
		if w, _ := do(t, h, method, path, sent); w.Code != status {
			t.Errorf("%s: %d", route, w.Code)
		}
	}
	if len(requests.Submitted)+len(requests.Canceled) > 0 {
		t.Errorf("submitted %v, canceled %v", requests.Submitted, requests.Canceled)
	}
}

// do sends a request by HTTP, and checks what holds for every answer.
func do(t *testing.T, h http.Handler, method, path, body string) (*httptest.ResponseRecorder, map[string]any) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s %s may be cached", method, path)
	}

	prefix := "X-OpenDSR-"
	if strings.HasPrefix(path, "/api/v1/") {
		prefix = "X-OpenGDPR-"
	}
	signature := w.Header().Get(prefix + "Signature")
	if good := w.Code < 300; good && (signature != base64.StdEncoding.EncodeToString(w.Body.Bytes()) || w.Header().Get(prefix+"Processor-Domain") != domain) {
		t.Errorf("%s %s: the signature is not of the body: %v", method, path, w.Header())
	}
	if w.Code >= 300 && signature != "" {
		t.Errorf("%s %s: a refusal is signed", method, path)
	}

	out := map[string]any{}
	if w.Header().Get("Content-Type") == "application/json" {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
	}
	return w, out
}

func TestDiscoverySaysWhatIsUnderstood(t *testing.T) {
	h := newHandler(&senderstest.Requests{}, signer{})
	for path, version := range map[string]string{"/api/v2/discovery": "2.0", "/api/v1/discovery": "1.0"} {
		w, got := do(t, h, http.MethodGet, path, "")
		want := map[string]any{
			"api_version": version,
			"supported_identities": []any{
				map[string]any{"identity_type": "email", "identity_format": "raw"},
				map[string]any{"identity_type": "controller_customer_id", "identity_format": "raw"},
			},
			"supported_subject_request_types": []any{"access", "portability", "erasure"},
			"processor_certificate":           "https://dsr.example/api/v2/certificate",
		}
		if diff := cmp.Diff(want, got); w.Code != 200 || diff != "" {
			t.Errorf("%s: %d (-want +got):\n%s", path, w.Code, diff)
		}
	}

	w, _ := do(t, h, http.MethodGet, "/api/v2/certificate", "")
	if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "-----BEGIN") || w.Header().Get("Content-Type") != "application/x-pem-file" {
		t.Errorf("the certificate: %d %s", w.Code, w.Body)
	}
}

func TestARequestIsTakenAndSaidBack(t *testing.T) {
	for path, version := range map[string]string{"/api/v2/requests": "2.0", "/api/v1/opengdpr_requests": "1.0"} {
		requests := &senderstest.Requests{}
		h := newHandler(requests, signer{})
		for range 2 { // the same once more is answered in the same way
			w, got := do(t, h, http.MethodPost, path, sent)
			want := map[string]any{
				"controller_id":            "crm",
				"expected_completion_time": "2026-12-02T15:00:00Z",
				"received_time":            "2026-11-02T15:00:01Z",
				"encoded_request":          base64.StdEncoding.EncodeToString([]byte(sent)),
				"subject_request_id":       id,
				"api_version":              version,
			}
			if diff := cmp.Diff(want, got); w.Code != 201 || diff != "" {
				t.Errorf("%s: %d (-want +got):\n%s", path, w.Code, diff)
			}
		}
		if len(requests.Submitted) != 2 || !strings.Contains(requests.Submitted[0], `"submittedBy":"crm [oid 1, tid 2]"`) {
			t.Errorf("submitted %v", requests.Submitted)
		}
	}
}

func TestEachStateHasAWordOfTheProtocol(t *testing.T) {
	failed := operator.Explain([]dsr.Failure{{Reason: "Forbidden"}, {Reason: "Transient"}, {Reason: "Forbidden"}})
	for name, c := range map[string]struct {
		state  senders.State
		status string
		ours   map[string]any
	}{
		"received":           {senders.State{Status: operator.Status{State: "received"}}, "pending", map[string]any{"state": "received"}},
		"running":            {senders.State{Status: operator.Status{State: "running"}}, "in_progress", map[string]any{"state": "running"}},
		"waits for approval": {senders.State{Status: operator.Status{State: "awaitingApproval"}}, "in_progress", map[string]any{"state": "awaitingApproval"}},
		"is being canceled":  {senders.State{Status: operator.Status{State: "running", Canceling: true}}, "in_progress", map[string]any{"state": "running", "canceling": true}},
		"succeeded":          {senders.State{Status: operator.Status{State: "succeeded"}, Documents: 7}, "completed", map[string]any{"state": "succeeded"}},
		"partly failed": {senders.State{Status: operator.Status{State: "partiallyFailed", Failures: failed}, Documents: 7}, "in_progress",
			map[string]any{"state": "partiallyFailed", "failed": 3.0, "reasons": []any{"Forbidden", "Transient"}}},
		"failed":                  {senders.State{Status: operator.Status{State: "failed", Failures: failed[:1]}}, "in_progress", map[string]any{"state": "failed", "failed": 1.0, "reasons": []any{"Forbidden"}}},
		"an erasure that is done": {senders.State{Status: operator.Status{Kind: "delete", State: "succeeded"}}, "completed", map[string]any{"state": "succeeded"}},
		"an erasure that was only planned": {senders.State{Status: operator.Status{Kind: "delete", State: "succeeded"}, DryRun: true}, "in_progress",
			map[string]any{"state": "succeeded", "dryRun": true}},
		"rejected": {senders.State{Status: operator.Status{State: "rejected"}}, "cancelled", map[string]any{"state": "rejected"}},
		"canceled": {senders.State{Status: operator.Status{State: "canceled"}}, "cancelled", map[string]any{"state": "canceled"}},
		"refused": {senders.State{Status: operator.Status{State: "refused", Dead: []operator.DeadNote{{Reason: "ScopeNotAllowed"}}}}, "cancelled",
			map[string]any{"state": "refused", "reasons": []any{"ScopeNotAllowed"}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHandler(&senderstest.Requests{States: map[string]senders.State{id: c.state}}, signer{})
			w, got := do(t, h, http.MethodGet, "/api/v2/requests/"+strings.ToUpper(id), "")
			want := map[string]any{
				"controller_id":            "crm",
				"expected_completion_time": "2026-12-02T15:00:00Z",
				"subject_request_id":       id,
				"request_status":           c.status,
				"api_version":              "2.0",
				"extensions":               map[string]any{domain: c.ours},
			}
			if c.status == "completed" && c.state.Kind != "delete" {
				want["results_url"] = "https://dsr.example/api/requests/" + id + "/results"
				want["results_count"] = 7.0
			}
			if diff := cmp.Diff(want, got); w.Code != 200 || diff != "" {
				t.Errorf("%d (-want +got):\n%s", w.Code, diff)
			}
		})
	}
}

func TestOnlyAPendingRequestIsCanceled(t *testing.T) {
	refused := &operator.Error{Kind: operator.Refused, Err: errors.New("request secret still waits")}
	for name, c := range map[string]struct {
		state  string // "": there is none
		fault  error
		status int
		reason string
	}{
		"a pending one":              {"received", nil, 202, ""},
		"one that waits in a queue":  {"received", refused, 503, "unavailable"},
		"one that runs":              {"running", nil, 400, "notPending"},
		"one that has partly failed": {"partiallyFailed", nil, 400, "notPending"},
		"one that is done":           {"succeeded", nil, 400, "notPending"},
		"one that is canceled":       {"canceled", nil, 400, "notPending"},
		"none":                       {"", nil, 404, "notFound"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := &senderstest.Requests{CancelFault: c.fault}
			if c.state != "" {
				requests.States = map[string]senders.State{id: {Status: operator.Status{State: c.state}}}
			}
			w, got := do(t, newHandler(requests, signer{}), http.MethodDelete, "/api/v2/requests/"+id, "")
			if w.Code != c.status || (len(requests.Canceled) == 1) != (c.status == 202) || (c.status == 202) != (got["subject_request_id"] == id) {
				t.Errorf("%d %s, canceled %v", w.Code, w.Body, requests.Canceled)
			}
			if len(requests.CanceledBy) > 0 && requests.CanceledBy[0] == "" {
				t.Error("nobody is said to have canceled it")
			}
			if c.reason != "" && reasonOf(t, w) != c.reason {
				t.Errorf("%s, want %s", w.Body, c.reason)
			}
		})
	}
}

// reasonOf returns the reason of the first fault of an error, and checks its form.
func reasonOf(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var body struct {
		Error struct {
			Code    int
			Message string
			Errors  []opendsr.Fault
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	e := body.Error
	if e.Code != w.Code || e.Message == "" || len(e.Errors) == 0 || (e.Errors[0].Domain != domain && w.Code != http.StatusServiceUnavailable) || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("the error is %s", w.Body)
		return ""
	}
	return e.Errors[0].Reason
}

func TestARefusalHasTheFormOfTheProtocol(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		fault              error
		status             int
		reason             string
	}{
		"a fault of the sender":    {"POST", "/api/v2/requests", with(`"access"`, `"secret"`), nil, 400, "unsupported"},
		"a request that is longer": {"POST", "/api/v2/requests", sent + strings.Repeat(" ", dsr.MaxRequest), nil, 400, "invalid"},
		"a scope that is unknown": {"POST", "/api/v2/requests", sent, &operator.Error{Kind: operator.Invalid, Err: dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "/scope/0: no scope has this name: there are a; /kind: x")},
			400, "invalid"},
		"what is switched off": {"POST", "/api/v2/requests", sent, &operator.Error{Kind: operator.Invalid, Err: dsr.Errorf(dsr.Permanent, dsr.ReasonDeletesDisabled, "/kind: deletions are switched off here; send another")},
			400, "DeletesDisabled"},
		"an id that is used":   {"POST", "/api/v2/requests", sent, &operator.Error{Kind: operator.Refused, Err: errors.New("id x is that of another request")}, 400, "conflict"},
		"storage that is away": {"POST", "/api/v2/requests", sent, errors.New("secret"), 503, "unavailable"},
		"an unknown request":   {"GET", "/api/v2/requests/" + id, "", nil, 404, "notFound"},
		"an id that is a path": {"GET", "/api/v2/requests/..%2Fsecret", "", nil, 404, "notFound"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := do(t, newHandler(&senderstest.Requests{Fault: c.fault}, signer{}), c.method, c.path, c.body)
			if w.Code != c.status || reasonOf(t, w) != c.reason {
				t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.status, c.reason)
			}
		})
	}
}

func TestNothingIsAnsweredUnsigned(t *testing.T) {
	for name, s := range map[string]opendsr.Signer{"without a key": nil, "when the key fails": signer{errors.New("secret")}} {
		requests := &senderstest.Requests{States: map[string]senders.State{id: {Status: operator.Status{State: "running"}}}}
		for _, path := range []string{"/api/v2/discovery", "/api/v2/requests/" + id, "/api/v2/certificate"} {
			w, _ := do(t, newHandler(requests, s), http.MethodGet, path, "")
			if w.Code != 503 || reasonOf(t, w) != "unavailable" {
				t.Errorf("%s: %s: %d %s", name, path, w.Code, w.Body)
			}
		}
	}

	requests := &senderstest.Requests{}
	if w, _ := do(t, newHandler(requests, nil), http.MethodPost, "/api/v2/requests", sent); w.Code != 503 || len(requests.Submitted) > 0 {
		t.Errorf("without a key %d, and submitted %v", w.Code, requests.Submitted)
	}
}
