package api

import (
	"context"
	"net/http"
	"time"

	"azureml-dsr/internal/operator"
)

// countsAge is how old the number of dead letters may be. Counting them looks at each.
const countsAge = 15 * time.Second

// overviewBody counts what there is to do.
type overviewBody struct {
	operator.Overview
	DeadLetters *int `json:"deadLetters"` // nil: they could not be counted
}

// getOverview answers with numbers of the whole installation.
func (s *server) getOverview(w http.ResponseWriter, r *http.Request) error {
	overview, err := s.Operator.Overview(r.Context())
	if err != nil {
		return err
	}

	body := overviewBody{Overview: overview}
	if n, err := s.counts.get(r.Context(), s.countDead); err == nil {
		body.DeadLetters = &n
	}

	return write(w, http.StatusOK, body)
}

// countDead counts the dead letters of all queues.
func (s *server) countDead(ctx context.Context) (all int, err error) {
	for _, queue := range operator.DeadQueues() {
		n, err := s.Operator.CountDead(ctx, queue)
		if err != nil {
			return 0, err
		}
		all += n
	}
	return all, nil
}
