package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

var errStalled = errors.New("no byte arrived in time")

// stallPolicy ends a call that has waited for too long: for the headers first, then in
// each read of the body. The time between two reads does not count.
type stallPolicy struct{ timeout time.Duration }

func (p stallPolicy) Do(req *policy.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Raw().Context())
	called := req.WithContext(ctx)
	timer := time.AfterFunc(p.timeout, func() { cancel(errStalled) })
	resp, err := called.Next()
	timer.Stop()
	if err != nil {
		err = stalledOr(ctx, err)
		cancel(nil)
		return nil, err
	}
	resp.Body = &watchedBody{
		ReadCloser: resp.Body,
		ctx:        ctx,
		cancel:     cancel,
		timer:      timer,
		timeout:    p.timeout,
	}
	return resp, nil
}

type watchedBody struct {
	io.ReadCloser
	ctx     context.Context // the call's, which the timer ends
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	timeout time.Duration
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.timeout)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = stalledOr(b.ctx, err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// stalledOr returns errStalled if that ended the context, or else err.
func stalledOr(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}
