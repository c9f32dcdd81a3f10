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

const headerInvocationID = "X-Azure-Functions-InvocationId"

var (
	errFunctionTimeout = errors.New("the invocation took longer than functionTimeout")
	errHandlerGone     = errors.New("the handler process ended during the invocation")
)

// invocation is one call of a function.
type invocation struct {
	function, id string
	log          *slog.Logger
}

// invoke posts one invocation to the handler, once one is ready. Nil means
// that the handler said it succeeded.
func (w *worker) invoke(ctx context.Context, function string, body []byte) error {
	_, err := w.ask(ctx, function, body)
	return err
}

// ask is invoke, and returns the handler's answer.
func (w *worker) ask(ctx context.Context, function string, body []byte) (answer, error) {
	var a answer
	err := w.call(ctx, function, func(ctx context.Context, i invocation) (err error) {
		a, err = w.post(ctx, i, body)
		return err
	})
	return a, err
}

// call runs one exchange with the handler, once one is ready. The exchange ends
// at the latest with that process, or after functionTimeout, which takes the
// process along.
func (w *worker) call(ctx context.Context, function string, exchange func(context.Context, invocation) error) error {
	i := invocation{function: function, id: uuid.NewString()}
	i.log = w.log.With("function", function, "invocationId", i.id)
	err := w.bounded(ctx, i, exchange)
	if err != nil {
		i.log.Error("invocation failed", "error", err)
	}
	return err
}

func (w *worker) bounded(ctx context.Context, i invocation, exchange func(context.Context, invocation) error) error {
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

	err = exchange(ctx, i)
	if errors.Is(err, errNoAnswer) {
		i.log.Warn("the handler answered with an empty body: the host waits for functionTimeout")
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

func (w *worker) post(ctx context.Context, i invocation, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url("/"+i.function), nil)
	if err != nil {
		return answer{}, fmt.Errorf("making the request: %w", err)
	}

	// The real host doesn't know the length beforehand, and it posts again to
	// where a 307 or 308 sends it.
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = -1
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	i.mark(req.Header)
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("calling the handler: %w", err)
	}
	defer resp.Body.Close()

	return judge(resp, i.log)
}

// mark sets the headers that the host adds to each call. Its name comes after
// that of a caller whose request is forwarded.
func (i invocation) mark(h http.Header) {
	h.Set(headerInvocationID, i.id)
	h.Set("X-Azure-Functions-HostVersion", hostVersion)
	agent := "Azure-Functions-Host/" + hostVersion
	if caller := h.Get("User-Agent"); caller != "" {
		agent = caller + " " + agent
	}
	h.Set("User-Agent", agent)
}
