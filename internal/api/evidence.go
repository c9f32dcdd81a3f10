package api

import (
	"context"
	"net/http"
	"strconv"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/verify"
)

// getPlan answers with the deletion plan of a request, as holds are now.
func (s *server) getPlan(w http.ResponseWriter, r *http.Request) error {
	return answerOf(w, r, s.Operator.PlannedDeletion)
}

// getCertificate answers with the certificate of a closed deletion.
func (s *server) getCertificate(w http.ResponseWriter, r *http.Request) error {
	return answerOf(w, r, s.Operator.Certificate)
}

// answerOf answers with what get returns of the request in the path.
func answerOf[T any](w http.ResponseWriter, r *http.Request, get func(context.Context, string) (T, error)) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	value, err := get(r.Context(), id)
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, value)
}

// getManifest answers with the stored bytes of a manifest, so that their hash is the one that
// the signature is over.
func (s *server) getManifest(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	m, err := s.Operator.Manifest(r.Context(), id)
	if err != nil {
		return err
	}

	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", strconv.Quote(m.SHA256))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(m.Body) // fails only when the caller has gone

	return nil
}

// resultsBody says what a request has gathered, and where it is.
type resultsBody struct {
	operator.Results
	Links map[string]string `json:"links"`
}

// getResults answers with what a closed request has gathered.
func (s *server) getResults(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}
	results, err := s.Operator.Results(r.Context(), id)
	if err != nil {
		return err
	}
	if results.Removed != nil {
		return &problem{
			Status: http.StatusGone,
			Code:   "ResultsRemoved",
			Detail: "the documents of request " + id + " were removed when their retention was over; the manifest and the evidence are kept",
		}
	}

	links := map[string]string{"manifest": s.address(r, "requests/"+id+"/manifest")}
	if results.HasCopy {
		links["copy"] = s.address(r, "requests/"+id+"/copy")
	}

	return write(w, http.StatusOK, resultsBody{Results: results, Links: links})
}

// verifiedBody is the result of a verification that was asked for.
type verifiedBody struct {
	OK       bool                    `json:"ok"`
	Checks   []operator.Verification `json:"checks"`   // of each attempt
	Findings []verify.Fault          `json:"findings"` // of all of them
}

// verifyRequest verifies all attempts of a closed request.
func (s *server) verifyRequest(w http.ResponseWriter, r *http.Request) error {
	id, err := requestID(r)
	if err != nil {
		return err
	}

	select {
	case s.verifies <- struct{}{}:
		defer func() { <-s.verifies }()
	default:
		return busy("other verifications run already; try again in a moment")
	}

	evidence, attempts, err := s.Operator.StoredEvidence(r.Context(), id, 0)
	if err != nil {
		return err
	}
	body, err := s.verifyAll(r.Context(), evidence, attempts)
	if err != nil {
		return err
	}

	return write(w, http.StatusOK, body)
}

func (s *server) verifyAll(ctx context.Context, evidence verify.Evidence, attempts []dsr.Attempt) (verifiedBody, error) {
	body := verifiedBody{OK: true, Checks: []operator.Verification{}, Findings: []verify.Fault{}}
	for _, a := range attempts {
		v, err := operator.Verify(ctx, evidence, a, s.Verify)
		if err != nil {
			return body, err
		}

		body.OK = body.OK && v.OK
		body.Checks = append(body.Checks, v)
		body.Findings = append(body.Findings, v.Faults...)
	}
	return body, nil
}
