package opendsr

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

// Signer signs what a processor says. It returns the headers X-OpenDSR-Processor-Domain and
// X-OpenDSR-Signature of a body.
type Signer interface {
	Sign(body []byte) (http.Header, error)
}

// Options are what the protocol is spoken with. Requests and Caller are required.
type Options struct {
	Requests senders.Requests
	// Signer signs each answer. Without one nothing is answered but that.
	Signer Signer
	// Domain is ours, a name of the signer's certificate. It names our extension.
	Domain string
	// Certificate is the signer's chain in PEM.
	Certificate []byte
	// Caller returns who calls. The caller of the handler has signed them in.
	Caller func(*http.Request) senders.Caller
	// Base returns the address of the API, without a slash at its end.
	Base func(*http.Request) string
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// handler answers controllers.
type handler struct {
	Options
	reader Reader
}

// New returns the handler of OpenDSR's paths and of those of OpenGDPR. It checks nobody's
// right to call: whoever mounts it does.
func New(opts Options) http.Handler {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Base == nil {
		opts.Base = func(r *http.Request) string { return "https://" + r.Host + strings.TrimRight(senders.Prefix, "/") }
	}

	h := &handler{Options: opts, reader: Reader{Domain: opts.Domain}}
	mux := http.NewServeMux()
	for _, d := range dialects {
		for pattern, answer := range d.routes() {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.serve(w, r, d, answer) })
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusNotFound, Faults{{Domain: opts.Domain, Reason: "notFound", Message: "there is no such path"}})
	})

	return mux
}

// dialect is a version of the protocol: its paths and the names of its headers.
type dialect struct {
	version  string
	root     string
	requests string
	headers  string // what the names of headers begin with
}

var dialects = []dialect{
	{version: versionTwo, root: "v2/", requests: "requests", headers: "X-OpenDSR-"},
	{version: versionOne, root: "v1/", requests: "opengdpr_requests", headers: "X-OpenGDPR-"},
}

// answerer answers a request with a status and a body.
type answerer func(h *handler, r *http.Request, d dialect) (answer, error)

// answer is what is signed and sent.
type answer struct {
	status int
	body   any    // JSON, or
	pem    []byte // a certificate
}

func (d dialect) routes() map[string]answerer {
	at := senders.Prefix + d.root
	return map[string]answerer{
		"GET " + at + "discovery":             (*handler).discover,
		"GET " + at + "certificate":           (*handler).certificate,
		"POST " + at + d.requests:             (*handler).submit,
		"GET " + at + d.requests + "/{id}":    (*handler).status,
		"DELETE " + at + d.requests + "/{id}": (*handler).cancel,
	}
}

func (h *handler) certificateURL(r *http.Request) string { return h.Base(r) + "/v2/certificate" }

func (h *handler) discover(r *http.Request, d dialect) (answer, error) {
	return answer{status: http.StatusOK, body: discovery(d.version, h.certificateURL(r))}, nil
}

func (h *handler) certificate(*http.Request, dialect) (answer, error) {
	return answer{status: http.StatusOK, pem: h.Certificate}, nil
}

// acceptedBody is the answer to a request, and to a cancellation.
type acceptedBody struct {
	ControllerID       string `json:"controller_id"`
	ExpectedCompletion string `json:"expected_completion_time,omitempty"`
	ReceivedTime       string `json:"received_time"`
	EncodedRequest     string `json:"encoded_request,omitempty"`
	SubjectRequestID   string `json:"subject_request_id"`
	APIVersion         string `json:"api_version"`
}

// submit takes a request. The same one once more is answered in the same way.
func (h *handler) submit(r *http.Request, d dialect) (answer, error) {
	body, err := senders.ReadBody(r)
	if err != nil {
		return answer{}, err
	}
	caller := h.Caller(r)
	_, request, err := h.reader.Read(body, caller.Name)
	if err != nil {
		return answer{}, err
	}
	accepted, err := h.Requests.Submit(r.Context(), request)
	if err != nil {
		return answer{}, err
	}

	return answer{status: http.StatusCreated, body: acceptedBody{
		ControllerID:       caller.Controller,
		ExpectedCompletion: moment(accepted.DueAt),
		ReceivedTime:       moment(h.Now()),
		EncodedRequest:     base64.StdEncoding.EncodeToString(body),
		SubjectRequestID:   accepted.ID,
		APIVersion:         d.version,
	}}, nil
}

// status answers how far a request is.
func (h *handler) status(r *http.Request, d dialect) (answer, error) {
	s, err := h.stateOf(r)
	if err != nil {
		return answer{}, err
	}
	results := h.Base(r) + "/requests/" + s.ID + "/results"
	return answer{status: http.StatusOK, body: newStatus(s, h.Caller(r).Controller, d.version, h.Domain, results)}, nil
}

// cancel cancels a request that is still pending.
func (h *handler) cancel(r *http.Request, d dialect) (answer, error) {
	s, err := h.stateOf(r)
	if err != nil {
		return answer{}, err
	}
	if StatusOf(s.State) != StatusPending {
		return answer{}, Faults{{Reason: "notPending", Message: "the request is " + StatusOf(s.State) + "; only a pending one can be canceled here"}}
	}

	err = h.Requests.Cancel(r.Context(), s.ID, "canceled by OpenDSR")
	if operator.KindOf(err) == operator.Refused {
		return answer{}, errNotYet // it waits in its queue, and nothing of it is recorded
	}
	if err != nil {
		return answer{}, err
	}

	return answer{status: http.StatusAccepted, body: acceptedBody{
		ControllerID:     h.Caller(r).Controller,
		ReceivedTime:     moment(h.Now()),
		SubjectRequestID: s.ID,
		APIVersion:       d.version,
	}}, nil
}

// stateOf returns the state of the request in the path.
func (h *handler) stateOf(r *http.Request) (senders.State, error) {
	id := r.PathValue("id")
	if !ValidID(id) {
		return senders.State{}, errUnknown
	}
	return h.Requests.Status(r.Context(), strings.ToLower(id))
}
