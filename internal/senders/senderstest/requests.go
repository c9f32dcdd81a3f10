// Package senderstest has requests in memory, for tests of what senders are answered.
package senderstest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

// DueAt is the deadline of each request.
var DueAt = time.Date(2026, 12, 2, 15, 0, 0, 0, time.UTC)

// Requests remember what was submitted, and have the states that a test gives them.
type Requests struct {
	// Submitted are the requests in JSON, in their order.
	Submitted []string
	// States are those of the requests that there are, by id.
	States map[string]senders.State
	// Canceled are the ids of canceled requests.
	Canceled []string
	// CanceledBy are who has ordered that.
	CanceledBy []string
	// Fault is the error of each call; nil: it succeeds.
	Fault error
	// CancelFault is the error of canceling.
	CancelFault error
}

var _ senders.Requests = (*Requests)(nil)

// Submit implements senders.Requests.
func (r *Requests) Submit(_ context.Context, request []byte) (senders.Accepted, error) {
	if r.Fault != nil {
		return senders.Accepted{}, r.Fault
	}
	var named struct{ ID string }
	if err := json.Unmarshal(request, &named); err != nil {
		return senders.Accepted{}, err
	}
	r.Submitted = append(r.Submitted, string(request))
	return senders.Accepted{ID: named.ID, DueAt: DueAt}, nil
}

// Status implements senders.Requests.
func (r *Requests) Status(_ context.Context, id string) (senders.State, error) {
	if r.Fault != nil {
		return senders.State{}, r.Fault
	}
	s, found := r.States[id]
	if !found {
		return s, &operator.Error{Kind: operator.NotFound, Err: errors.New("there is no such request")}
	}
	s.ID, s.Due = id, operator.Moment{Time: DueAt}
	return s, nil
}

// Cancel implements senders.Requests.
func (r *Requests) Cancel(_ context.Context, id, _, by string) error {
	if r.CancelFault != nil {
		return r.CancelFault
	}
	r.Canceled, r.CanceledBy = append(r.Canceled, id), append(r.CanceledBy, by)
	return nil
}

// Mounted returns a handler of routes as the API mounts them, for one caller.
func Mounted(routes []senders.Route, call senders.Call) http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes {
		mux.HandleFunc(r.Method+" "+senders.Prefix+r.Path, func(w http.ResponseWriter, req *http.Request) {
			r.Handler.ServeHTTP(w, req.WithContext(senders.WithCall(req.Context(), call)))
		})
	}
	return mux
}
