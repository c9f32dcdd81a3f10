package handlers

import (
	"context"
	"strings"
	"time"

	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/meter"
	"azureml-dsr/internal/telemetry"
)

// observed returns a function that runs another one in a span of its own, which is what the
// host calls where telemetry is on.
func (f Functions) observed(queue string, run customhandler.MessageFunc) customhandler.MessageFunc {
	if f.Telemetry == nil {
		return run
	}

	return func(ctx context.Context, m customhandler.Message) error {
		begun := time.Now()
		a, about := attemptOf(queue, m)
		ctx, span := f.Telemetry.Begin(ctx, "process "+queue, telemetry.Consumer, beginning(a, about, m))
		ctx, spent := meter.Invocation(ctx)
		describe(span, queue, m, a)

		destination := telemetry.Attr{Key: "messaging.destination.name", Value: queue}
		if !m.EnqueuedTime.IsZero() {
			telemetry.QueueAge.Took(ctx, max(begun.Sub(m.EnqueuedTime), 0), destination)
		}
		defer func() {
			telemetry.Consumed.Took(ctx, time.Since(begun), destination)
			countCost(ctx, spent.Cost())
			span.End()
		}()

		return run(ctx, m)
	}
}

// observedTimer does the same for a timer, which begins a trace of its own.
func (f Functions) observedTimer(run customhandler.TimerFunc) customhandler.TimerFunc {
	if f.Telemetry == nil {
		return run
	}

	return func(ctx context.Context, t customhandler.Timer) error {
		ctx, span := f.Telemetry.Begin(ctx, t.Function, telemetry.Server, telemetry.Beginning{Links: invocationOf(t.TraceParent)})
		ctx, spent := meter.Invocation(ctx)
		span.Text("faas.trigger", "timer")
		span.Text("faas.invocation_id", t.InvocationID)
		defer func() {
			countCost(ctx, spent.Cost())
			span.End()
		}()

		err := run(ctx, t)
		if err != nil {
			span.Fail(dsr.ReasonOf(err))
		}
		return err
	}
}

// attemptOf returns the attempt that a message is about. Of the requests, a property says
// which attempt is asked for.
func attemptOf(queue string, m customhandler.Message) (a dsr.Attempt, about bool) {
	a, about = dsr.AttemptIn(m.Body)
	if number, ok := m.ApplicationProperties[dsr.PropAttempt].(int64); ok && queue == dsr.QueueRequests && number > 1 {
		a.Number = int(number)
	}
	return a, about
}

// beginning returns where the work on a message belongs. All of an attempt is one trace.
// Whoever sent the message from another trace, and the host's own, are linked.
func beginning(a dsr.Attempt, about bool, m customhandler.Message) telemetry.Beginning {
	sender, known := telemetry.Extract(m.ApplicationProperties)
	b := telemetry.Beginning{Parent: sender, Links: invocationOf(m.TraceParent)}
	if !about {
		return b
	}

	b.Ours = true
	trace, root := a.Trace()
	if sender.TraceID == trace {
		return b
	}
	b.Parent = telemetry.SpanContext{TraceID: trace, SpanID: root}
	if known {
		b.Links = append(b.Links, sender)
	}
	return b
}

// invocationOf returns the host's span of an invocation, if it told one.
func invocationOf(traceParent string) []telemetry.SpanContext {
	if c, ok := telemetry.ParseTraceParent(traceParent); ok {
		return []telemetry.SpanContext{c}
	}
	return nil
}

// describe says what a message is about. A sender's own texts, such as the message's id, may
// hold anything and are left out.
func describe(span *telemetry.Span, queue string, m customhandler.Message, a dsr.Attempt) {
	if span == nil {
		return
	}

	span.Text("messaging.system", "servicebus")
	span.Text("messaging.operation.type", "process")
	span.Text("messaging.destination.name", queue)
	span.Int("messaging.servicebus.message.delivery_count", int64(m.DeliveryCount))
	span.Text("faas.invocation_id", m.InvocationID)
	span.Text("dsr.request.id", a.RequestID)
	span.Int("dsr.attempt", int64(a.Number))

	queue, _, _ = strings.Cut(queue, "/")
	if queue != dsr.QueueExports && queue != dsr.QueueDeletes {
		return
	}
	if t, err := dsr.DecodeTask(m.Body); err == nil {
		span.Text("dsr.task.id", t.ID())
		span.Text("dsr.resource.type", t.Type)
		span.Int("dsr.hop", int64(t.Hop))
	}
}

// countCost counts what an invocation has asked for.
func countCost(ctx context.Context, c dsr.Cost) {
	telemetry.BytesRead.Add(ctx, c.BytesRead)
	telemetry.BytesWritten.Add(ctx, c.BytesWritten)
	telemetry.Execution.Add(ctx, c.Milliseconds)
	for of, n := range map[string]int64{
		"storage write": c.StorageWrites,
		"storage read":  c.StorageReads,
		"storage list":  c.StorageLists,
		"message":       c.Messages,
		"invocation":    c.Invocations,
	} {
		telemetry.Operations.Add(ctx, n, telemetry.Attr{Key: "dsr.cost.kind", Value: of})
	}
}
