package main

import (
	"context"
	"io"
	"log/slog"

	"azureml-dsr/internal/customhandler"
)

const invocationAttr = "invocationId"

// newHandlerLogger returns a logger that writes JSON lines to out, which is stdout: the
// Functions host takes every line on stderr for an error. Each line names its invocation,
// because the host adds no id.
func newHandlerLogger(out io.Writer) *slog.Logger {
	return slog.New(invocationHandler{slog.NewJSONHandler(out, nil)})
}

// invocationHandler adds the invocation's id to each record that is logged with its
// context.
type invocationHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h invocationHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := customhandler.InvocationID(ctx); id != "" && !names(r, invocationAttr) {
		r.AddAttrs(slog.String(invocationAttr, id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h invocationHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return invocationHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h invocationHandler) WithGroup(name string) slog.Handler {
	return invocationHandler{h.Handler.WithGroup(name)}
}

func names(r slog.Record, key string) (found bool) {
	r.Attrs(func(a slog.Attr) bool {
		found = a.Key == key
		return !found
	})
	return found
}
