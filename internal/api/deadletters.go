package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"azureml-dsr/internal/operator"
)

// deadLetter is a message that waits for a person, without its body.
type deadLetter struct {
	Queue       string    `json:"queue"`
	Sequence    string    `json:"sequence"`
	Reason      string    `json:"reason"`
	Description string    `json:"description"`
	RequestID   string    `json:"requestId"`
	Age         string    `json:"age"`
	EnqueuedAt  time.Time `json:"enqueuedAt"`
}

// deadLettersBody lists dead letters. A queue that can't be read hides no other.
type deadLettersBody struct {
	Value   []deadLetter `json:"value"`
	Unknown []string     `json:"unknown,omitempty"` // queues that could not be read
}

// listDeadLetters answers with the dead letters of all queues, or of ?queue=.
func (s *server) listDeadLetters(w http.ResponseWriter, r *http.Request) error {
	queues := operator.DeadQueues()
	if queue := r.URL.Query().Get("queue"); queue != "" {
		if err := operator.CheckDeadQueue(queue); err != nil {
			return err
		}
		queues = []string{queue}
	}

	body := deadLettersBody{Value: []deadLetter{}}
	for _, queue := range queues {
		for d, err := range s.Operator.DeadLetters(r.Context(), queue) {
			if err != nil {
				body.Unknown = append(body.Unknown, queue)
				break
			}
			body.Value = append(body.Value, deadLetterOf(queue, d))
		}
	}
	if len(body.Unknown) == len(queues) {
		return &problem{Status: http.StatusServiceUnavailable, Code: "Unavailable", Detail: "no dead letters could be read; see /api/health", retryAfter: pollAfter}
	}

	return write(w, http.StatusOK, body)
}

// slash stands for a slash in a sequence, which would be a segment of a path. No sequence has
// a tilde.
const slash = "~"

func deadLetterOf(queue string, d operator.DeadLetter) deadLetter {
	return deadLetter{
		Queue:       queue,
		Sequence:    strings.ReplaceAll(d.Sequence, "/", slash),
		Reason:      d.Reason,
		Description: d.Description,
		RequestID:   d.RequestID,
		Age:         d.Age,
		EnqueuedAt:  d.EnqueuedAt,
	}
}

func (s *server) resubmitDeadLetter(w http.ResponseWriter, r *http.Request) error {
	return s.dispose(w, r, operator.Resubmitted, s.Operator.ResubmitDead)
}

func (s *server) parkDeadLetter(w http.ResponseWriter, r *http.Request) error {
	return s.dispose(w, r, operator.Parked, s.Operator.ParkDead)
}

func (s *server) purgeDeadLetter(w http.ResponseWriter, r *http.Request) error {
	return s.dispose(w, r, operator.Purged, s.Operator.PurgeDead)
}

// disposed says what became of a dead letter.
type disposed struct {
	Queue    string `json:"queue"`
	Sequence string `json:"sequence"`
	Action   string `json:"action"` // resubmitted, parked or purged
}

// dispose does something with the dead letter in the path. It is recorded first.
func (s *server) dispose(w http.ResponseWriter, r *http.Request, action string, do func(context.Context, operator.ChosenDead) ([]string, error)) error {
	var body reasonBody
	if err := decode(r, &body); err != nil {
		return err
	}

	queue, sequence := r.PathValue("queue"), r.PathValue("sequence")
	chosen, err := s.Operator.ChooseDead(r.Context(), operator.DisposalOrder{
		Queue:     queue,
		Sequences: []string{strings.ReplaceAll(sequence, slash, "/")},
		Parks:     action == operator.Parked,
		By:        caller(r).String(),
		Reason:    body.Reason,
	})
	if err != nil {
		return err
	}
	if _, err := do(r.Context(), chosen); err != nil {
		return err
	}

	return write(w, http.StatusOK, disposed{Queue: queue, Sequence: sequence, Action: action})
}
