package functionshost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/google/uuid"
)

// hostVersion is the release of the real host that this one follows.
const hostVersion = "4.1052.0"

var (
	errFunctionTimeout = errors.New("the invocation took longer than functionTimeout")
	errHandlerGone     = errors.New("the handler process ended during the invocation")
)

// invoke posts one invocation to the handler, once one is ready. Nil means
// that the handler said it succeeded.
func (w *worker) invoke(ctx context.Context, function string, body []byte) error {
	id := uuid.NewString()
	log := w.log.With("function", function, "invocationId", id)
	err := w.call(ctx, log, function, id, body)
	if err != nil {
		log.Error("invocation failed", "error", err)
	}
	return err
}

func (w *worker) call(ctx context.Context, log *slog.Logger, function, id string, body []byte) error {
	c, err := w.awaitReady(ctx)
	if err != nil {
		return fmt.Errorf("waiting for the handler: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.alive, func() { cancel(errHandlerGone) })()
	if w.app.FunctionTimeout > 0 {
		var done context.CancelFunc
		ctx, done = context.WithTimeoutCause(ctx, w.app.FunctionTimeout, errFunctionTimeout)
		defer done()
	}
	err = w.post(ctx, log, function, id, body)
	if errors.Is(err, errNoAnswer) {
		log.Warn("the handler answered with an empty body: the host waits for functionTimeout")
		<-ctx.Done()
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if errors.Is(err, errFunctionTimeout) {
		w.condemn(c) // with every other invocation in it, as the host does
	}
	return err
}

func (w *worker) post(ctx context.Context, log *slog.Logger, function, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url("/"+function), bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making the request: %w", err)
	}
	// The real host doesn't know the length beforehand.
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = -1
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("X-Azure-Functions-InvocationId", id)
	req.Header.Set("X-Azure-Functions-HostVersion", hostVersion)
	req.Header.Set("User-Agent", "Azure-Functions-Host/"+hostVersion)
	resp, err := w.client.Do(req)
	if err != nil {
		return fmt.Errorf("calling the handler: %w", err)
	}
	defer resp.Body.Close()
	return judge(resp, log)
}
