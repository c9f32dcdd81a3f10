package verify

import (
	"context"
	"strconv"
	"strings"

	"azureml-dsr/internal/dsr"
)

// LastAttempt returns the number of a request's last attempt, by what is stored. The first
// attempt is always one. A later one needs the attempt before, and its own order or manifest:
// a folder of anything else makes no attempt.
func LastAttempt(ctx context.Context, e Evidence, id string) (int, error) {
	for n := 1; ; n++ {
		next := dsr.Attempt{RequestID: id, Number: n + 1}
		ordered, err := exists(ctx, e, next.Retry())
		if err != nil {
			return 0, err
		}
		closed, err := exists(ctx, e, next.Manifest())
		if err != nil {
			return 0, err
		}
		if !ordered && !closed {
			return n, nil
		}
	}
}

// exists reports whether something has a name.
func exists(ctx context.Context, e Evidence, name string) (bool, error) {
	for listed, err := range e.List(ctx, name) {
		if err != nil || listed == name {
			return err == nil, err
		}
	}
	return false, nil
}

// ofAnotherAttempt reports whether a blob belongs to another attempt of the request than the
// one that is being verified.
func (v *verifier) ofAnotherAttempt(name string, last int) bool {
	folder, _, ok := strings.Cut(strings.TrimPrefix(name, v.attempt.RequestID+"/"), "/")
	n, err := strconv.Atoi(folder)
	return ok && err == nil && n > 0 && n <= last && strconv.Itoa(n) == folder && n != v.attempt.Number
}
