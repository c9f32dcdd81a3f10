package opendsr

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

// Signer signs what a processor says.
type Signer interface {
	// Sign sets X-OpenDSR-Processor-Domain and X-OpenDSR-Signature of a body.
	Sign(h http.Header, body []byte) error
	// Domain is ours, a name of the certificate. It names our extension.
	Domain() string
	// Certificates are the signer's chain in PEM.
	Certificates() []byte
}

// Options are what the protocol is spoken with. Requests is required.
type Options struct {
	Requests senders.Requests
	// Signer signs each answer. Without one nothing is answered but that.
	Signer Signer
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// handler answers controllers.
type handler struct {
	Options
	domain string
	reader Reader
}

// Routes returns OpenDSR's paths and those of OpenGDPR, with their handlers. They check
// nobody's right to call: whoever mounts them does, and sets senders.Call.
func Routes(opts Options) []senders.Route {
	if opts.Now == nil {
		opts.Now = time.Now
	}

	h := &handler{Options: opts}
	if opts.Signer != nil {
		h.domain = opts.Signer.Domain()
		h.reader = Reader{Domain: h.domain}
	}
	var routes []senders.Route
	for _, d := range dialects {
		for _, r := range d.routes() {
			r.Handler = h.handler(d, r)
			routes = append(routes, r.Route)
		}
	}
	return routes
}

// handler returns the handler of a route in a dialect.
func (h *handler) handler(d dialect, r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.Needs != senders.NeedsNothing && !senders.CallOf(req).SignedIn() {
			h.refuse(w, errNobody)
			return
		}
		h.serve(w, req, d, r.answer)
	})
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

// route is a path with what answers it.
type route struct {
	senders.Route
	answer answerer
}

func (d dialect) routes() []route {
	of := func(id, method, path string, needs senders.Need, a answerer) route {
		r := senders.Route{ID: "openDSR" + d.version + id, Method: method, Path: d.root + path, Needs: needs}
		if method == http.MethodPost {
			r.Media = []string{"application/json"}
		}
		return route{r, a}
	}

	return []route{
		of("Discovery", http.MethodGet, "discovery", senders.NeedsNothing, (*handler).discover),
		of("Certificate", http.MethodGet, "certificate", senders.NeedsNothing, (*handler).certificate),
		of("Submit", http.MethodPost, d.requests, senders.NeedsOrdering, (*handler).submit),
		of("Status", http.MethodGet, d.requests+"/{id}", senders.NeedsReading, (*handler).status),
		of("Cancel", http.MethodDelete, d.requests+"/{id}", senders.NeedsOrdering, (*handler).cancel),
	}
}

func (h *handler) discover(_ *http.Request, d dialect) (answer, error) {
	// The protocol wants it on the processor's own domain.
	certificate := "https://" + h.domain + senders.Prefix + "v2/certificate"
	return answer{status: http.StatusOK, body: discovery(d.version, certificate)}, nil
}

func (h *handler) certificate(*http.Request, dialect) (answer, error) {
	return answer{status: http.StatusOK, pem: h.Signer.Certificates()}, nil
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
	caller := senders.CallOf(r)
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
	call := senders.CallOf(r)
	results := call.Base + "/requests/" + s.ID + "/results"
	return answer{status: http.StatusOK, body: newStatus(s, call.Controller, d.version, h.domain, results)}, nil
}

// cancel cancels a request that is still pending.
func (h *handler) cancel(r *http.Request, d dialect) (answer, error) {
	s, err := h.stateOf(r)
	if err != nil {
		return answer{}, err
	}
	if StatusOf(s) != StatusPending {
		return answer{}, Faults{{Reason: "notPending", Message: "the request is " + StatusOf(s) + "; only a pending one can be canceled here"}}
	}

	err = h.Requests.Cancel(r.Context(), s.ID, "canceled by OpenDSR", senders.CallOf(r).Name)
	if operator.KindOf(err) == operator.Refused {
		return answer{}, errNotYet // it waits in its queue, and nothing of it is recorded
	}
	if err != nil {
		return answer{}, err
	}

	return answer{status: http.StatusAccepted, body: acceptedBody{
		ControllerID:     senders.CallOf(r).Controller,
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
