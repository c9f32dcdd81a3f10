package main

import (
	"context"
	"io"
	"log/slog"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry"
)

const invocationAttr = "invocationId"

// newHandlerLogger returns a logger that writes JSON lines to out, which is stdout: the
// Functions host takes every line on stderr for an error. Each line names its invocation,
// because the host adds no id, and no line has the name of a resource or a person.
func newHandlerLogger(out io.Writer) *slog.Logger {
	return slog.New(invocationHandler{slog.NewJSONHandler(out, nil)})
}

// invocationHandler adds the invocation's id to each record that is logged with its
// context, and its span where telemetry is on.
type invocationHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h invocationHandler) Handle(ctx context.Context, r slog.Record) error {
	if id := customhandler.InvocationID(ctx); id != "" && !names(r, invocationAttr) {
		r.AddAttrs(slog.String(invocationAttr, id))
	}
	if span := telemetry.Current(ctx); span != nil {
		c := span.Context()
		r.AddAttrs(slog.String("traceId", c.TraceID.String()), slog.String("spanId", c.SpanID.String()))
	}
	return h.Handler.Handle(ctx, unnamed(r))
}

// unnamed returns a record without the names that its message and its attributes have.
func unnamed(r slog.Record) slog.Record {
	bare := slog.NewRecord(r.Time, r.Level, dsr.WithoutNames(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		bare.AddAttrs(unnamedAttr(a))
		return true
	})
	return bare
}

// stackAttr is the trace of a panic. It has names of the program alone.
const stackAttr = "stack"

func unnamedAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if a.Key == stackAttr {
		return a
	}

	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, dsr.WithoutNames(v.String()))
	case slog.KindGroup:
		attrs := make([]any, 0, len(v.Group()))
		for _, inner := range v.Group() {
			attrs = append(attrs, unnamedAttr(inner))
		}
		return slog.Group(a.Key, attrs...)
	case slog.KindAny:
		if err, ok := v.Any().(error); ok {
			return slog.String(a.Key, dsr.WithoutNames(err.Error()))
		}
	}

	return a
}

// WithAttrs implements slog.Handler.
func (h invocationHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	bare := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		bare[i] = unnamedAttr(a)
	}
	return invocationHandler{h.Handler.WithAttrs(bare)}
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
