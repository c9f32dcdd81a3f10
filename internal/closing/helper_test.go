package closing_test

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// sent is a queue that keeps what it is given.
type sent struct{ messages []dsr.Message }

func (s *sent) Send(_ context.Context, _ string, messages ...dsr.Message) error {
	s.messages = append(s.messages, messages...)
	return nil
}
