package api

import (
	"net/http"

	"azureml-dsr/internal/operator"
)

// listHolds answers with the holds in force, with ?all=true also those that ended.
func (s *server) listHolds(w http.ResponseWriter, r *http.Request) error {
	holds, err := s.Operator.Holds(r.Context(), isTrue(r.URL.Query().Get("all")))
	if err != nil {
		return err
	}
	return write(w, http.StatusOK, listBody[operator.ListedHold]{Value: holds})
}

// holdBody puts something on hold.
type holdBody struct {
	On     string `json:"on"`
	Reason string `json:"reason"`
	Until  string `json:"until"`
}

// addHold puts something on hold.
func (s *server) addHold(w http.ResponseWriter, r *http.Request) error {
	var body holdBody
	if err := decode(r, &body); err != nil {
		return err
	}
	hold, err := s.Operator.AddHold(r.Context(), operator.HoldOrder{
		On:     body.On,
		Reason: body.Reason,
		Until:  body.Until,
		By:     caller(r).String(),
	})
	if err != nil {
		return err
	}

	w.Header().Set("Location", s.address(r, "holds/"+hold.ID))

	return write(w, http.StatusCreated, hold)
}

// releaseHold ends a hold. The reason comes in the body, or, for clients whose DELETE has
// none, in the query.
func (s *server) releaseHold(w http.ResponseWriter, r *http.Request) error {
	body := reasonBody{Reason: r.URL.Query().Get("reason")}
	if err := decode(r, &body); err != nil {
		return err
	}

	released, err := s.Operator.ReleaseHold(r.Context(), operator.ReleaseOrder{ID: r.PathValue("id"), Reason: body.Reason, By: caller(r).String()})
	if err != nil {
		return err
	}

	return write(w, http.StatusOK, released)
}
