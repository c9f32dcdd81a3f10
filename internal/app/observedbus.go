package app

import (
	"context"
	"maps"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/telemetry"
)

// observedBus is a bus that puts the span that sends a message into its properties.
type observedBus struct{ Bus }

// Send implements Bus.
func (b observedBus) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	return sendObserved(ctx, queue, messages, b.Bus.Send)
}

// sendObserved sends messages, each in a span of its own. Where nothing is recorded, they are
// sent as they are.
func sendObserved(ctx context.Context, queue string, messages []dsr.Message, send func(context.Context, string, ...dsr.Message) error) error {
	if _, recorded := telemetry.Of(ctx); !recorded {
		return send(ctx, queue, messages...)
	}

	traced := make([]dsr.Message, len(messages))
	spans := make([]*telemetry.Span, len(messages))
	for i, m := range messages {
		traced[i], spans[i] = produced(ctx, queue, m)
	}

	err := send(ctx, queue, traced...)
	for _, s := range spans {
		if err != nil {
			s.Fail(dsr.ReasonOf(err))
		}
		s.End()
	}
	if err == nil {
		telemetry.Sent.Add(ctx, int64(len(messages)), telemetry.Attr{Key: "messaging.destination.name", Value: queue})
	}

	return err
}

// produced returns a message with the context of the span that sends it, and the span. The
// message of an attempt belongs to the attempt's trace, whoever sends it; what else is sent
// belongs to the sender's.
func produced(ctx context.Context, queue string, m dsr.Message) (dsr.Message, *telemetry.Span) {
	here, _ := telemetry.Of(ctx)
	parent, named := telemetry.Extract(m.Properties)
	name := "send " + queue

	var span *telemetry.Span
	passed := here
	if named && parent.TraceID != here.TraceID {
		passed, span = telemetry.StartIn(ctx, name, telemetry.Producer, parent)
	} else if _, span = telemetry.Start(ctx, name, telemetry.Producer); span != nil {
		passed = span.Context()
	}

	span.Text("messaging.system", "servicebus")
	span.Text("messaging.operation.type", "send")
	span.Text("messaging.destination.name", queue)
	span.Text("messaging.message.id", m.ID)

	m.Properties = maps.Clone(m.Properties)
	if m.Properties == nil {
		m.Properties = map[string]any{}
	}
	passed.Inject(m.Properties)

	return m, span
}
