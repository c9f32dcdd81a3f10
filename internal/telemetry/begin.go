package telemetry

import (
	"context"
	"time"
)

// Beginning says where the first span of an invocation belongs in a trace.
type Beginning struct {
	// Parent is the span that it is below, of another process. Without a span of its own it
	// names the trace alone, and without a trace a new one begins.
	Parent SpanContext
	// Ours says that the trace is one of this app's own, so that no caller has decided whether
	// it is recorded.
	Ours bool
	// Links are the spans that caused it.
	Links []SpanContext
}

// Begin begins the first span of an invocation. The caller must end it. A trace that is not
// sampled also has a context, so that it is passed on and metrics are counted. A nil Recorder
// returns ctx and nil.
func (r *Recorder) Begin(ctx context.Context, name string, kind Kind, b Beginning) (context.Context, *Span) {
	if r == nil {
		return ctx, nil
	}

	trace := b.Parent
	switch {
	case trace.TraceID.IsZero():
		trace = SpanContext{TraceID: newTraceID()}
		trace.Sampled = r.samples(trace.TraceID)
	case b.Ours:
		trace.Sampled = r.samples(trace.TraceID)
	default:
		trace.Sampled = r.sampler.follows(trace) && len(r.spanExporters) > 0
	}

	return r.carry(ctx, name, kind, trace, b.Parent.SpanID, b.Links)
}

// samples reports whether the spans of a trace of our own are exported.
func (r *Recorder) samples(id TraceID) bool {
	return len(r.spanExporters) > 0 && r.sampler.samples(id)
}

// StartIn begins a span below parent, and links it to the span of the context. The parent may
// be in another trace of this app. The caller must end the span. It is nil without a Recorder on
// the context, or if the trace is not sampled; c is what to pass on in any case.
func StartIn(ctx context.Context, name string, kind Kind, parent SpanContext) (c SpanContext, s *Span) {
	from := current(ctx)
	if from == nil {
		return parent, nil
	}
	r := from.recorder
	if parent.Sampled = r.samples(parent.TraceID); !parent.Sampled {
		return parent, nil
	}

	_, s = r.carry(ctx, name, kind, parent, parent.SpanID, nil)
	s.Link(from.data.context)
	return s.data.context, s
}

// Root returns the root span of the context's trace. Its id is known in advance, so spans below
// it may have been recorded before. It begins when the context's span did. The caller must end
// it.
func Root(ctx context.Context, name string, id SpanID) *Span {
	from := Current(ctx)
	if from == nil {
		return nil
	}

	trace := from.data.context
	trace.SpanID = id
	return &Span{recorder: from.recorder, data: data{
		context: trace,
		name:    name,
		kind:    Internal,
		start:   from.data.start,
		end:     time.Time{},
	}}
}
