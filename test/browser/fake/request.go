package fake

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
)

// one answers what concerns one request.
func (s *Server) one(w http.ResponseWriter, r *http.Request, route string, parts []string) {
	i := slices.IndexFunc(s.requests, func(q *Request) bool { return len(parts) > 1 && q.Row.ID == parts[1] })
	if i < 0 {
		fail(w, http.StatusNotFound, "NotFound", "there is no request "+parts[len(parts)-1])
		return
	}
	q := s.requests[i]

	switch {
	case strings.HasSuffix(route, " requests/id/copy"):
		s.personCopy(w, r, q)
	case strings.Contains(route, " requests/id/review"):
		s.review(w, r, strings.Join(append([]string{route}, parts[3:]...), "/"), q)
	case route == "GET requests/id":
		write(w, http.StatusOK, q.status())
		if len(q.Steps) > 0 {
			q.Status, q.Steps = q.Steps[0], q.Steps[1:]
		}
	case route == "DELETE requests/id":
		q.Status.State, q.Steps = string(dsr.StatusCanceled), nil
		write(w, http.StatusAccepted, q.status())
	case route == "POST requests/id/retry":
		q.Status, q.Steps = q.Retried[0], q.Retried[1:]
		write(w, http.StatusAccepted, q.status())
	case route == "POST requests/id/extend":
		write(w, http.StatusOK, dsr.Extension{RequestID: q.Row.ID})
	case route == "POST requests/id/approve" || route == "POST requests/id/refuse":
		s.decide(w, r, q, parts[2])
	case route == "GET requests/id/plan" && q.Plan != nil:
		write(w, http.StatusOK, q.Plan)
	case route == "GET requests/id/certificate" && q.Certificate != nil:
		write(w, http.StatusOK, q.Certificate)
	case route == "GET requests/id/manifest" && q.Manifest != nil:
		w.Header().Set("ETag", `"b7f1c0de2f5d7a5e0d1f39ae0c1e3aa4b7f1c0de2f5d7a5e0d1f39ae0c1e3aa4"`)
		write(w, http.StatusOK, q.Manifest)
	case route == "GET requests/id/results" && q.Manifest != nil:
		write(w, http.StatusOK, operator.Results{ID: q.Row.ID, Attempt: 1, Status: q.Manifest.Status, Documents: 446, HasCopy: true})
	case route == "POST requests/id/verify" && q.Verification != nil:
		write(w, http.StatusOK, map[string]any{"ok": q.Verification.OK, "checks": []any{q.Verification}, "findings": q.Verification.Faults})
	default:
		fail(w, http.StatusConflict, "NotClosed", "the request has none of that now")
	}
}

// status is the body of a request's status.
func (q *Request) status() any {
	return struct {
		operator.Status
		Request any `json:"request"`
	}{q.Status, map[string]any{
		"submittedAt":   q.Row.SubmittedAt,
		"submittedBy":   q.Row.SubmittedBy,
		"receivedAt":    q.Row.SubmittedAt,
		"subject":       map[string]string{"objectId": q.Row.Subject},
		"what":          dsr.WhatAll,
		"dryRun":        false,
		"resourceTypes": []string{},
		"source":        "api",
		"regulation":    "gdpr",
	}}
}

// decide approves or refuses a plan. Whoever submitted the request can't approve it.
func (s *Server) decide(w http.ResponseWriter, r *http.Request, q *Request, verb string) {
	var body struct {
		PlanSHA256        string `json:"planSha256"`
		AcknowledgeOthers bool   `json:"acknowledgeOthers"`
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		fail(w, http.StatusBadRequest, "BrokenBody", "the body is not JSON")
		return
	}

	switch {
	case verb == "refuse":
		q.Status.State = string(dsr.StatusRejected)
	case q.Row.SubmittedBy == s.person.recorded():
		fail(w, http.StatusForbidden, "SecondPersonRequired", "you have submitted this request yourself: another person must approve it")
		return
	case body.PlanSHA256 != q.Plan.PlanSHA256:
		fail(w, http.StatusConflict, "OtherPlan", "the plan that you have seen is not that of the request any more; look at it again")
		return
	case !body.AcknowledgeOthers:
		fail(w, http.StatusBadRequest, "InvalidInput", "acknowledgeOthers: the plan deletes what belongs to others too")
		return
	default:
		q.Status.State = operator.StateRunning
		q.Certificate.ApprovedBy = s.person.recorded()
		closed := q.Status
		closed.State = string(dsr.StatusSucceeded)
		q.Steps = []operator.Status{q.Status, closed}
	}
	write(w, http.StatusAccepted, q.status())
}

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// submit takes a request, or checks it.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ID      string
		Kind    string
		Scope   []any
		Subject map[string]any
	}
	if json.NewDecoder(r.Body).Decode(&body) != nil {
		fail(w, http.StatusBadRequest, "BrokenBody", "the body is not JSON")
		return
	}

	type fault struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	}
	faults := []fault{}
	if len(body.Scope) == 0 {
		faults = append(faults, fault{"/scope", "it is missing"})
	}
	if body.ID != "" && !validID.MatchString(body.ID) {
		faults = append(faults, fault{"/id", "it has another form than ids have"})
	}
	if body.Kind != dsr.KindExport && body.Subject == nil {
		faults = append(faults, fault{"/subject", "a deletion needs a subject"})
	}

	if r.URL.Query().Get("validateOnly") == "true" {
		write(w, http.StatusOK, map[string]any{"valid": len(faults) == 0, "errors": faults})
		return
	}
	if len(faults) > 0 {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]any{"status": 400, "code": dsr.ReasonInvalidRequest, "detail": "the request is not valid", "errors": faults})
		return
	}

	if body.ID == "" {
		body.ID = r.Header.Get("Idempotency-Key")
	}
	q := Watched(body.ID, s.person.recorded())
	s.requests = append(s.requests, q)
	write(w, http.StatusAccepted, q.status())
}
