package telemetry

import (
	"context"
	"time"
)

// Kind is the role of a span towards spans of other processes, as in OpenTelemetry.
type Kind byte

// Kinds, by OTLP's numbers.
const (
	Internal Kind = iota + 1
	Server
	Client
	Producer
	Consumer
)

// maxAttributes bounds the attributes of a span. Further ones are left out.
const maxAttributes = 12

// attribute is a member of a span. It is a number where isNumber says so.
type attribute struct {
	key      string
	text     string
	number   int64
	isNumber bool
}

// data is what is exported of a span.
type data struct {
	context    SpanContext
	parent     SpanID
	name       string
	kind       Kind
	start, end time.Time
	attributes [maxAttributes]attribute
	count      int // of attributes
	failure    string
	links      []SpanContext
}

// Span is a piece of work that is being recorded. A nil Span records nothing. It belongs to
// one goroutine; spans below it may begin in others.
type Span struct {
	recorder *Recorder
	data     data
	ended    bool
}

// carrier is a context with the span that its work belongs to: both are made at once.
type carrier struct {
	context.Context
	span Span
}

type key struct{}

func (c *carrier) Value(of any) any {
	if of == (key{}) {
		return &c.span
	}
	return c.Context.Value(of)
}

// current returns the span of a context, recorded or not; nil where nothing is recorded at
// all.
func current(ctx context.Context) *Span {
	s, _ := ctx.Value(key{}).(*Span)
	return s
}

// Current returns the span of a context, nil if it has none that is recorded.
func Current(ctx context.Context) *Span {
	if s := current(ctx); s != nil && s.data.context.Sampled {
		return s
	}
	return nil
}

// Of returns the SpanContext of a context's span, whether the span is recorded or not. ok is
// false without a Recorder.
func Of(ctx context.Context) (c SpanContext, ok bool) {
	s := current(ctx)
	if s == nil {
		return SpanContext{}, false
	}
	return s.data.context, true
}

// Start begins a span below that of a context. The caller must end it. If the context has no
// recorded span, Start returns ctx and nil.
func Start(ctx context.Context, name string, kind Kind) (context.Context, *Span) {
	above := Current(ctx)
	if above == nil {
		return ctx, nil
	}
	return above.recorder.carry(ctx, name, kind, above.data.context, above.data.context.SpanID, nil)
}

// carry returns a context with a new span of a trace.
func (r *Recorder) carry(ctx context.Context, name string, kind Kind, trace SpanContext, parent SpanID, links []SpanContext) (context.Context, *Span) {
	trace.SpanID = newSpanID()
	c := &carrier{Context: ctx, span: Span{recorder: r, data: data{
		context: trace,
		parent:  parent,
		name:    name,
		kind:    kind,
		start:   time.Now(),
		links:   links,
	}}}
	return c, &c.span
}

// Context returns the SpanContext of the span, to pass on.
func (s *Span) Context() SpanContext {
	if s == nil {
		return SpanContext{}
	}
	return s.data.context
}

// Rename gives the span a better name than it began with.
func (s *Span) Rename(name string) {
	if s != nil {
		s.data.name = name
	}
}

// Text sets an attribute, which must be an id or a word of this program. Empty ones are left
// out.
func (s *Span) Text(key, value string) {
	if s != nil && value != "" && s.data.count < maxAttributes {
		s.data.attributes[s.data.count] = attribute{key: key, text: value}
		s.data.count++
	}
}

// Int sets an attribute that is a number.
func (s *Span) Int(key string, value int64) {
	if s != nil && s.data.count < maxAttributes {
		s.data.attributes[s.data.count] = attribute{key: key, number: value, isNumber: true}
		s.data.count++
	}
}

// Link adds a span that caused this one, but is not its parent.
func (s *Span) Link(to SpanContext) {
	if s != nil && to.IsValid() {
		s.data.links = append(s.data.links, to)
	}
}

// Fail marks the span as failed. The reason is a word of this program or a status. Only the
// first reason counts.
func (s *Span) Fail(reason string) {
	if s != nil && s.data.failure == "" {
		s.data.failure = reason
		s.Text("error.type", reason)
	}
}

// End ends the span and hands it to the exporter. Further calls do nothing.
func (s *Span) End() {
	if s == nil || s.ended {
		return
	}
	s.ended = true
	s.data.end = time.Now()
	if s.data.context.Sampled {
		s.recorder.spans.add(&s.data)
	}
}
