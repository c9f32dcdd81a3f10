package operator

import (
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
)

// checkQueues tries to receive from each queue and its dead-letter queue, and to send to
// it. Where the namespace does not answer at all, it stops after one finding.
func (d *doctor) checkQueues(ctx context.Context) {
	for _, queue := range []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueClosings, dsr.QueueApprovals, dsr.QueueCallbacks} {
		checks := []queueCheck{
			{"receive from " + queue, "the queue is there and may be received from", func(ctx context.Context) error {
				return d.connections.Bus.TryListen(ctx, queue)
			}},
			{"receive from " + bus.DeadLetter(queue), "its dead-letter queue, too", func(ctx context.Context) error {
				return d.connections.Bus.TryListen(ctx, bus.DeadLetter(queue))
			}},
			{"send to " + queue, "it may be sent to; nothing was sent", func(ctx context.Context) error {
				return d.connections.Bus.TrySend(ctx, queue)
			}},
		}
		if queue == dsr.QueueApprovals {
			checks = checks[:2] // the worker never sends an approval
		}

		for _, check := range checks {
			err := d.try(ctx, check.what, check.good, check.do, explainQueue)
			if err != nil && !isAnswer(err) {
				return
			}
		}
	}
	d.checkHands(ctx, d.connections.Bus.TrySend)
}

// queueCheck is one check of a queue, with the detail of its success.
type queueCheck struct {
	what, good string
	do         func(context.Context) error
}

// isAnswer reports whether an error is an answer of the namespace, such as a refusal.
func isAnswer(err error) bool {
	e, ok := errors.AsType[*azservicebus.Error](err)
	return ok && (e.Code == azservicebus.CodeNotFound || e.Code == azservicebus.CodeUnauthorizedAccess)
}

// explainQueue explains an error of Service Bus without quoting it, for its text may
// contain parts of a connection string.
func explainQueue(err error) (detail, remedy string) {
	e, ok := errors.AsType[*azservicebus.Error](err)
	switch {
	case ok && e.Code == azservicebus.CodeNotFound:
		return "there is no such queue", "create it as deploy/servicebus.config.json describes it"
	case ok && e.Code == azservicebus.CodeUnauthorizedAccess:
		return "refused", "give the identity the roles Azure Service Bus Data Receiver and Data Sender on the namespace, or copy the connection string anew"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time; the other queues were not tried",
			"check the name of the namespace and that ports 5671 and 5672 are not blocked; a local broker must be running"
	}
	return "the connection failed; the other queues were not tried",
		"check the name of the namespace, that its firewall lets you in, and that an identity is signed in"
}
