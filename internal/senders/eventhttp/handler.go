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

// Path is where events are sent.
const Path = senders.Prefix + "events"

// Options are what events are taken with. Requests and Caller are required.
type Options struct {
	Requests senders.Requests
	// Caller returns who calls. The caller of the handler has signed them in.
	Caller func(*http.Request) senders.Caller
	// Base returns the address of the API, without a slash at its end.
	Base func(*http.Request) string
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

type handler struct{ Options }

// New returns the handler of events. It checks nobody's right to call: whoever mounts it
// does.
func New(opts Options) http.Handler {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Base == nil {
		opts.Base = func(r *http.Request) string { return "https://" + r.Host + "/api" }
	}

	h := handler{opts}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, h.take)
	mux.HandleFunc("OPTIONS "+Path, agree)
	return mux
}

// take sends the request of an event to the worker.
func (h handler) take(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	accepted, err := h.submit(r)
	if err != nil {
		refuse(w, err)
		return
	}

	w.Header().Set("Location", h.Base(r)+"/requests/"+accepted.ID)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_ = json.NewEncoder(w).Encode(map[string]string{"id": accepted.ID, "dueAt": accepted.DueAt.UTC().Format(time.RFC3339)})
}

func (h handler) submit(r *http.Request) (senders.Accepted, error) {
	body, err := senders.ReadBody(r)
	if err != nil {
		return senders.Accepted{}, err
	}
	request, err := Read(r.Header, body, h.Caller(r).Name, h.Now())
	if err != nil {
		return senders.Accepted{}, err
	}
	return h.Requests.Submit(r.Context(), request)
}

// refuse answers with a problem (RFC 9457). A sender repeats what is answered 503, and
// nothing else.
func refuse(w http.ResponseWriter, err error) {
	status, code, detail := http.StatusServiceUnavailable, "Unavailable", "the event could not be handled now; send it again"
	e, known := errors.AsType[*dsr.Error](err)
	switch kind := operator.KindOf(err); {
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
	from := r.Header.Get("WebHook-Request-Origin")
	if !origin.MatchString(from) {
		refuse(w, dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "WebHook-Request-Origin: want a host name"))
		return
	}
	w.Header().Set("WebHook-Allowed-Origin", from)
	w.Header().Set("WebHook-Allowed-Rate", "120")
	w.WriteHeader(http.StatusOK)
}
