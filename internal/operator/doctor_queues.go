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
	for _, queue := range []string{dsr.QueueRequests, dsr.QueueExports, dsr.QueueDeletes, dsr.QueueClosings, dsr.QueueApprovals, dsr.QueueCallbacks, dsr.QueueCopies} {
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
			err := d.try(ctx, check.what, check.good, check.do, d.explainQueue(queue))
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

// explainQueue explains an error of a queue without quoting it, for its text may contain
// parts of a connection string.
func (d *doctor) explainQueue(queue string) func(error) fault {
	return func(err error) fault {
		e, ok := errors.AsType[*azservicebus.Error](err)
		switch {
		case ok && e.Code == azservicebus.CodeNotFound:
			return fault{
				detail:  "there is no such queue",
				remedy:  "create it as deploy/servicebus.config.json describes it",
				command: "azd provision",
			}
		case ok && e.Code == azservicebus.CodeUnauthorizedAccess:
			return fault{
				detail:  "refused",
				remedy:  "give the identity the roles Azure Service Bus Data Receiver and Data Sender on the queue, or copy the connection string anew",
				command: d.grantRights(queue),
			}
		case errors.Is(err, context.DeadlineExceeded):
			return fault{
				detail:  "no answer in time; the other queues were not tried",
				remedy:  "check the name of the namespace and that ports 5671 and 5672 are not blocked; a local broker must be running",
				command: lookUp(d.settings.Namespace() + ".servicebus.windows.net"),
			}
		}
		return fault{
			detail:  "the connection failed; the other queues were not tried",
			remedy:  "check the name of the namespace, that its firewall lets you in, and that an identity is signed in",
			command: lookUp(d.settings.Namespace() + ".servicebus.windows.net"),
		}
	}
}

// grantRights returns the commands that let the identity use a queue as the worker does.
func (d *doctor) grantRights(queue string) string {
	receive := d.grantOnNamespace("Azure Service Bus Data Receiver", queue)
	if queue == dsr.QueueApprovals {
		return receive // who may send here approves deletions
	}
	return receive + " && " + d.grantOnNamespace("Azure Service Bus Data Sender", queue)
}
