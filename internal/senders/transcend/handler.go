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

// Options are what jobs are taken with. Requests is required.
type Options struct {
	Requests senders.Requests
	// Key is the public key of Transcend's gateway. Without it no job is taken.
	Key *ecdsa.PublicKey
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

type handler struct{ Options }

// Routes returns the path of jobs. It checks the gateway's token, and nobody's right to call:
// whoever mounts it does, and sets senders.Call.
func Routes(opts Options) []senders.Route {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return []senders.Route{{
		ID:      "submitTranscendJob",
		Method:  http.MethodPost,
		Path:    "transcend",
		Needs:   senders.NeedsOrdering,
		Media:   []string{"application/json"},
		Handler: handler{opts},
	}}
}

var (
	errNobody = errors.New("sign in: it is not known who calls")
	errNoKey  = errors.New("jobs are not taken here: set TRANSCEND_KEY to the public key of Transcend's gateway")
)

// ServeHTTP sends a job to the worker. An answer of 200 tells Transcend that it will be done;
// the results are brought to Transcend by hand.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	call := senders.CallOf(r)
	switch {
	case h.Key == nil:
		return senders.Accepted{}, errNoKey
	case !call.SignedIn():
		return senders.Accepted{}, errNobody
	}
	said, err := verify(r.Header.Get(HeaderToken), h.Key, h.Now())
	if err != nil {
		return senders.Accepted{}, err
	}
	body, err := senders.ReadBody(r)
	if err != nil {
		return senders.Accepted{}, err
	}
	request, err := Read(body, said.Value, call.Name)
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
	case errors.Is(err, errToken), errors.Is(err, errNobody):
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
