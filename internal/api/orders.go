package api

import (
	"net/http"

	"azureml-dsr/internal/operator"
)

// reasonBody says why something is ordered.
type reasonBody struct {
	Reason string `json:"reason"`
}

// cancelRequest cancels a request. Whoever asks for a cancel that was ordered already gets
// the same answer.
func (s *server) cancelRequest(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[reasonBody](r)
	if err != nil {
		return err
	}

	_, err = s.Operator.Cancel(r.Context(), operator.CancelOrder{ID: id, Reason: body.Reason, By: caller(r).String()})
	if err != nil {
		return err
	}

	return s.answerOrdered(w, r, id)
}

// retryBody says what is tried again.
type retryBody struct {
	Reason string   `json:"reason"`
	Only   []string `json:"only"` // resource types; empty: all that failed
}

// retryRequest orders the next attempt of a closed request.
func (s *server) retryRequest(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[retryBody](r)
	if err != nil {
		return err
	}

	order := operator.RetryOrder{
		ID:     id,
		Only:   body.Only,
		By:     caller(r).String(),
		Reason: body.Reason,
	}
	if _, err := s.Operator.Retry(r.Context(), order); err != nil {
		return err
	}

	return s.answerOrdered(w, r, id)
}

// extendBody says until when a deadline is extended, and why.
type extendBody struct {
	Reason string `json:"reason"`
	Until  string `json:"until"` // a date or a time; "": as far as the law allows
}

// extendRequest extends a request's deadline.
func (s *server) extendRequest(w http.ResponseWriter, r *http.Request) error {
	id, body, err := orderOf[extendBody](r)
	if err != nil {
		return err
	}
	if body.Until == "" {
		if body.Until, err = s.Operator.LatestExtension(r.Context(), id); err != nil {
			return err
		}
	}

	extension, err := s.Operator.Extend(r.Context(), operator.ExtendOrder{
		ID:     id,
		Until:  body.Until,
		Reason: body.Reason,
		By:     caller(r).String(),
	})
	if err != nil {
		return err
	}
	s.Operator.Forget(id)

	return write(w, http.StatusOK, extension)
}

// orderOf reads the id and the body of an order.
func orderOf[T any](r *http.Request) (id string, body T, err error) {
	if id, err = requestID(r); err != nil {
		return "", body, err
	}
	return id, body, decode(r, &body)
}

// answerOrdered answers an order that the worker carries out: with the status as it is now,
// and where it is followed.
func (s *server) answerOrdered(w http.ResponseWriter, r *http.Request, id string) error {
	s.Operator.Forget(id)
	body, err := s.status(r.Context(), id)
	if err != nil {
		return err
	}

	w.Header().Set("Operation-Location", s.address(r, "requests/"+id))

	return s.answerStatus(w, http.StatusAccepted, body, s.Now())
}
