package operator

import (
	"context"

	"azureml-dsr/internal/dsr"
)

// checkHands finds an identity that may both request a deletion and approve it. trySend
// tries to send to a queue. Nothing is found where no deletion needs a second person, and
// with an emulator, which grants everything to everybody.
func (d *doctor) checkHands(ctx context.Context, trySend func(ctx context.Context, queue string) error) {
	if !d.settings.DeletesEnabled || !d.settings.RequireApproval || d.settings.ServiceBus.IsEmulator() {
		return
	}

	limited, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	f := Finding{
		OK:     true,
		What:   "approvals are in other hands",
		Detail: "this identity may not send to both " + dsr.QueueRequests + " and " + dsr.QueueApprovals,
	}

	if trySend(limited, dsr.QueueRequests) == nil && trySend(limited, dsr.QueueApprovals) == nil {
		f = fault{
			detail:  "this identity may send to " + dsr.QueueRequests + " and to " + dsr.QueueApprovals + ", so it could approve the deletion that it asks for",
			remedy:  "grant Azure Service Bus Data Sender queue by queue instead of on the namespace, the one on " + dsr.QueueApprovals + " to other people; a connection string with Manage has all rights",
			command: d.sendersOfApprovals(),
		}.finding(f.What)
	}

	d.add(f)
}

// sendersOfApprovals returns the command that shows the grants by which the identity may
// approve.
func (d *doctor) sendersOfApprovals() string {
	who := d.assignee.objectID
	if who == "" {
		who = "IDENTITY"
	}
	return `az role assignment list --include-inherited --include-groups --assignee ` + who + ` --scope "` + d.namespaceID() + "/queues/" + dsr.QueueApprovals + `"`
}
