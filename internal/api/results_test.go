package api_test

import (
	"maps"
	"net/http"
	"testing"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator/operatortest"
)

// stages are the request req-1 at each state that it can have.
func stages() map[string]func(*operatortest.Stored) {
	read := func(s *operatortest.Stored) {
		s.Open()
		s.MakePlan()
		s.List(s.Task(1, 0), operatortest.AccountID)
		s.Work(s.Task(1, 0), "E01", operatortest.AccountID)
		s.List(s.Task(2, 0), "one")
	}
	return map[string]func(*operatortest.Stored){
		"unknown":  func(*operatortest.Stored) {},
		"received": (*operatortest.Stored).Open,
		"running":  read,
		"succeeded": func(s *operatortest.Stored) {
			read(s)
			s.Work(s.Task(2, 0), "E03", "one")
			s.CloseAttempt()
		},
		"partiallyFailed": func(s *operatortest.Stored) {
			read(s)
			s.Fail(s.Task(2, 0))
			s.CloseAttempt()
		},
		"canceled": func(s *operatortest.Stored) {
			read(s)
			s.Work(s.Task(2, 0), "E03", "one")
			s.CloseCanceled()
		},
		"removed": func(s *operatortest.Stored) {
			read(s)
			s.Work(s.Task(2, 0), "E03", "one")
			s.CloseAttempt()
			s.Put(s.Audit, operatortest.Attempt.Retention(), `{"schemaVersion":"1.0","requestId":"req-1","attempt":1,"blobs":1,"documents":1,"bytes":1,"beganAt":"2026-12-24T10:00:00Z"}`)
		},
	}
}

func TestResultsAtEachState(t *testing.T) {
	for state, want := range map[string]struct {
		status    int
		code      string
		documents float64
	}{
		"unknown":         {404, "NotFound", 0},
		"received":        {409, "NotClosed", 0},
		"running":         {409, "NotClosed", 0},
		"succeeded":       {200, "", 2},
		"partiallyFailed": {200, "", 1},
		"canceled":        {200, "", 2},
		"removed":         {410, "ResultsRemoved", 0},
	} {
		t.Run(state, func(t *testing.T) {
			s := local(t, operatortest.New(t))
			stages()[state](s.Stored)
			checkResults(t, s, want.status, want.code, state, want.documents)
		})
	}

	t.Run("in its queue", func(t *testing.T) {
		s := local(t, operatortest.New(t))
		s.queues.Held = "req-1"
		checkResults(t, s, http.StatusConflict, "NotClosed", "", 0)
	})
	t.Run("refused", func(t *testing.T) {
		s := local(t, operatortest.New(t))
		s.queues.DeadLetters = map[string][]bus.DeadMessage{dsr.QueueRequests: {{DeadLetter: dsr.DeadLetter{Reason: "InvalidRequest"}, Properties: map[string]any{dsr.PropRequestID: "req-1"}}}}
		checkResults(t, s, http.StatusNotFound, "NotFound", "", 0)
	})
}

func checkResults(t *testing.T, s site, status int, code, state string, documents float64) {
	t.Helper()
	w := s.get("/api/requests/req-1/results")
	want(t, w, status, code)
	if status == http.StatusGone { // the evidence is kept
		status, code = http.StatusOK, ""
		documents = -1
	}
	want(t, s.get("/api/requests/req-1/manifest"), status, code)
	if status != http.StatusOK || documents < 0 {
		return
	}

	got := decoded[map[string]any](t, w)
	if got["status"] != state || got["documents"] != documents || got["removed"] != nil || got["hasCopy"] != false {
		t.Errorf("answered %s", w.Body)
	}
	if links := got["links"]; !maps.Equal(links.(map[string]any), map[string]any{"manifest": "http://127.0.0.1:7071/api/requests/req-1/manifest"}) {
		t.Errorf("links %v", links)
	}
}

// Who may not read is not told whether there is such a request.
func TestResultsAreForWhoMayRead(t *testing.T) {
	other := "0d3a8c55-3f2e-4a4b-8a4e-0f1e2d3c4b5a"
	for name, tt := range map[string]struct {
		header map[string]string
		status int
		code   string
	}{
		"nobody":                    {nil, 401, "SignInRequired"},
		"no role":                   {as(ada), 403, "RoleMissing"},
		"who may order and approve": {as(ada, "DSR.Operate", "DSR.Approve"), 403, "RoleMissing"},
		"another directory":         {map[string]string{"X-Ms-Client-Principal": principalOf(ada, other, "DSR.Read")}, 403, "OtherTenant"},
	} {
		t.Run(name, func(t *testing.T) {
			there, absent := deployed(t, operatortest.Closed(t)), deployed(t, operatortest.New(t))
			c := call{method: http.MethodGet, path: "/api/requests/req-1/results", header: tt.header}
			want(t, there.do(c), tt.status, tt.code)
			want(t, absent.do(c), tt.status, tt.code)
			if a, b := there.do(c).Body.String(), absent.do(c).Body.String(); a != b {
				t.Errorf("one that there is: %s\none that there is not: %s", a, b)
			}
		})
	}
}
