package eventhttp

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

// path is where events are sent.
const path = "events"

type handler struct {
	requests senders.Requests
	now      func() time.Time
}

// Routes returns the paths of events. They check nobody's right to call: whoever mounts them
// does, and sets senders.Call. now is the clock; nil means time.Now.
func Routes(requests senders.Requests, now func() time.Time) []senders.Route {
	if now == nil {
		now = time.Now
	}
	return []senders.Route{
		{
			ID:      "submitEvent",
			Method:  http.MethodPost,
			Path:    path,
			Needs:   senders.NeedsOrdering,
			Media:   []string{structuredMedia + "+json", "application/json"},
			Handler: handler{requests, now},
		},
		{
			ID:      "agreeToEvents",
			Method:  http.MethodOptions,
			Path:    path,
			Needs:   senders.NeedsOrdering,
			Handler: http.HandlerFunc(agree),
		},
	}
}

// ServeHTTP sends the request of an event to the worker.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	accepted, err := h.submit(r)
	if err != nil {
		refuse(w, err)
		return
	}

	w.Header().Set("Location", senders.CallOf(r).Base+"/requests/"+accepted.ID)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]string{"id": accepted.ID, "dueAt": accepted.DueAt.UTC().Format(time.RFC3339)})
}

func (h handler) submit(r *http.Request) (senders.Accepted, error) {
	call := senders.CallOf(r)
	if !call.SignedIn() {
		return senders.Accepted{}, errNobody
	}
	body, err := senders.ReadBody(r)
	if err != nil {
		return senders.Accepted{}, err
	}
	request, err := Read(r.Header, body, call.Name, h.now())
	if err != nil {
		return senders.Accepted{}, err
	}
	return h.requests.Submit(r.Context(), request)
}

var errNobody = errors.New("sign in: it is not known who calls")

// refuse answers with a problem (RFC 9457). A sender repeats what is answered 503, and
// nothing else.
func refuse(w http.ResponseWriter, err error) {
	status, code, detail := http.StatusServiceUnavailable, "Unavailable", "the event could not be handled now; send it again"
	e, known := errors.AsType[*dsr.Error](err)
	switch kind := operator.KindOf(err); {
	case errors.Is(err, errNobody):
		status, code, detail = http.StatusUnauthorized, "Unauthorized", err.Error()
	case errors.Is(err, senders.ErrTooLong):
		status, code, detail = http.StatusRequestEntityTooLarge, "TooLong", err.Error()
	case kind == operator.Refused:
		status, code, detail = http.StatusConflict, dsr.ReasonConflictingRequest, err.Error()
	case kind == operator.Invalid && !known:
		status, code, detail = http.StatusBadRequest, dsr.ReasonInvalidRequest, err.Error()
	case known && e.Class == dsr.Permanent && e.Reason == dsr.ReasonUnsupportedEventType:
		status, code, detail = http.StatusUnsupportedMediaType, e.Reason, e.Message
	case known && e.Class == dsr.Permanent:
		status, code, detail = http.StatusBadRequest, e.Reason, e.Message
	}

	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("x-ms-error-code", code)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type":   "urn:azureml-dsr:problem:" + code,
		"title":  http.StatusText(status),
		"status": status,
		"detail": detail,
		"code":   code,
	})
}

// origin is a host name, as a sender names itself.
var origin = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)

// agree answers the question whether events may be sent here, which a sender such as Event
// Grid asks first. Who may call has been decided before.
func agree(w http.ResponseWriter, r *http.Request) {
	if !senders.CallOf(r).SignedIn() {
		refuse(w, errNobody)
		return
	}
	from := r.Header.Get("WebHook-Request-Origin")
	if !origin.MatchString(from) {
		refuse(w, dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "WebHook-Request-Origin: want a host name"))
		return
	}
	w.Header().Set("WebHook-Allowed-Origin", from)
	w.Header().Set("WebHook-Allowed-Rate", "120")
	w.WriteHeader(http.StatusOK)
}
