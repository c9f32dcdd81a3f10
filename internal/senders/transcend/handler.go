package transcend

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

// Path is where jobs are sent.
const Path = senders.Prefix + "transcend"

// Options are what jobs are taken with. Requests and Caller are required.
type Options struct {
	Requests senders.Requests
	// Key is the public key of Transcend's gateway. Without it no job is taken.
	Key *ecdsa.PublicKey
	// Caller returns who calls. The caller of the handler has signed them in.
	Caller func(*http.Request) senders.Caller
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

type handler struct{ Options }

// New returns the handler of jobs. It checks the gateway's token, and nobody's right to
// call: whoever mounts it does.
func New(opts Options) http.Handler {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, handler{opts}.take)
	return mux
}

var errNoKey = errors.New("jobs are not taken here: set the public key of Transcend's gateway")

// take sends a job to the worker. An answer of 200 tells Transcend that it will be done;
// the results are brought to Transcend by hand.
func (h handler) take(w http.ResponseWriter, r *http.Request) {
	status, body := http.StatusOK, map[string]string{}
	accepted, err := h.submit(r)
	if err != nil {
		var text string
		status, text = refusal(err)
		body["error"] = text
	} else {
		body["id"] = accepted.ID
	}

	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (h handler) submit(r *http.Request) (senders.Accepted, error) {
	if h.Key == nil {
		return senders.Accepted{}, errNoKey
	}
	said, err := verify(r.Header.Get(HeaderToken), h.Key, h.Now())
	if err != nil {
		return senders.Accepted{}, err
	}
	body, err := senders.ReadBody(r)
	if err != nil {
		return senders.Accepted{}, err
	}
	request, err := Read(body, said.Value, h.Caller(r).Name)
	if err != nil {
		return senders.Accepted{}, err
	}
	return h.Requests.Submit(r.Context(), request)
}

// refusal returns how an error is told.
func refusal(err error) (status int, text string) {
	e, known := errors.AsType[*dsr.Error](err)
	switch kind := operator.KindOf(err); {
	case errors.Is(err, errNoKey):
		return http.StatusServiceUnavailable, err.Error()
	case errors.Is(err, errToken):
		return http.StatusUnauthorized, err.Error()
	case errors.Is(err, senders.ErrTooLong):
		return http.StatusRequestEntityTooLarge, err.Error()
	case kind == operator.Refused:
		return http.StatusConflict, err.Error()
	case kind == operator.Invalid && !known:
		return http.StatusBadRequest, err.Error()
	case known && e.Class == dsr.Permanent:
		return http.StatusBadRequest, e.Message
	}
	return http.StatusServiceUnavailable, "the job could not be handled now; send it again"
}
