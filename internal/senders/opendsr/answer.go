package opendsr

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
)

var (
	errNobody   = errors.New("sign in: it is not known who calls")
	errUnknown  = errors.New("there is no such request")
	errNotYet   = errors.New("the worker has not taken the request yet; try again in a moment")
	errUnsigned = errors.New("this installation can't sign: set DSR_DOMAIN, DSR_SIGNING_KEY and DSR_SIGNING_CERTIFICATE")
)

// serve answers a request, signed or not at all.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, d dialect, get answerer) {
	if h.Signer == nil {
		h.refuse(w, errUnsigned)
		return
	}
	a, err := get(h, r, d)
	if err != nil {
		h.refuse(w, err)
		return
	}

	body, contentType := a.pem, "application/x-pem-file"
	if a.body != nil {
		contentType = "application/json"
		if body, err = json.Marshal(a.body); err != nil {
			h.refuse(w, err)
			return
		}
	}
	signature := http.Header{}
	if err := h.Signer.Sign(signature, body); err != nil {
		h.refuse(w, errUnsigned)
		return
	}

	for name, values := range signature {
		w.Header()[http.CanonicalHeaderKey(d.header(name))] = values
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // fails only when the caller has gone
}

// header returns the name that a header has in the dialect.
func (d dialect) header(name string) string {
	const ours = "x-opendsr-"
	if rest := strings.ToLower(name); strings.HasPrefix(rest, ours) {
		return d.headers + name[len(ours):]
	}
	return name
}

// refuse answers with an error as the protocol has them.
func (h *handler) refuse(w http.ResponseWriter, err error) {
	status, faults := refusal(err)
	for i := range faults {
		faults[i].Domain = h.domain
	}
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	fail(w, status, faults)
}

// refusal returns how an error is told. All that is wrong with an input is a 400.
func refusal(err error) (status int, faults Faults) {
	if told, ok := errors.AsType[Faults](err); ok {
		return http.StatusBadRequest, told
	}

	switch kind := operator.KindOf(err); {
	case errors.Is(err, errNobody):
		return http.StatusUnauthorized, Faults{{Reason: "unauthorized", Message: err.Error()}}
	case errors.Is(err, senders.ErrTooLong):
		return http.StatusBadRequest, Faults{{Reason: reasonInvalid, Message: err.Error()}}
	case kind == operator.Invalid:
		return http.StatusBadRequest, faultsOf(err)
	case kind == operator.Refused:
		return http.StatusBadRequest, Faults{{Reason: "conflict", Message: err.Error()}}
	case kind == operator.NotFound, errors.Is(err, errUnknown):
		return http.StatusNotFound, Faults{{Reason: "notFound", Message: errUnknown.Error()}}
	case errors.Is(err, errNotYet), errors.Is(err, errUnsigned):
		return http.StatusServiceUnavailable, Faults{{Reason: "unavailable", Message: err.Error()}}
	default: // its text may have names
		return http.StatusServiceUnavailable, Faults{{Reason: "unavailable", Message: "the request could not be handled now; send it again"}}
	}
}

// faultsOf splits the text of a refused request into its faults.
func faultsOf(err error) (faults Faults) {
	e, ok := errors.AsType[*dsr.Error](err)
	switch {
	case !ok:
		return Faults{{Reason: reasonInvalid, Message: err.Error()}}
	case e.Reason != dsr.ReasonInvalidRequest:
		return Faults{{Reason: e.Reason, Message: e.Message}}
	}

	// A fault begins with its field; what to do about it may follow a semicolon, too.
	for part := range strings.SplitSeq(strings.ReplaceAll(e.Message, "; /", "\n/"), "\n") {
		faults = append(faults, Fault{Reason: reasonInvalid, Message: part})
	}
	return faults
}

// fail writes an error. It is not signed, since it says nothing that somebody could rely on.
func fail(w http.ResponseWriter, status int, faults Faults) {
	type inner struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Errors  Faults `json:"errors"`
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Error inner `json:"error"`
	}{inner{Code: status, Message: faults.Error(), Errors: faults}})
}
