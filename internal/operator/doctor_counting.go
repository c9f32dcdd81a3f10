package operator

import (
	"context"
	"errors"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus/admin"

	"azureml-dsr/internal/archive"
)

// queueProperties reads what a namespace says of its queues.
type queueProperties interface {
	GetQueue(ctx context.Context, name string, opts *admin.GetQueueOptions) (*admin.GetQueueResponse, error)
	GetQueueRuntimeProperties(ctx context.Context, name string, opts *admin.GetQueueRuntimePropertiesOptions) (*admin.GetQueueRuntimePropertiesResponse, error)
}

// checkCounting tries what the platform does that scales the app: to count the messages of
// each queue by its properties. Where that is refused, it looks at the first few messages,
// and takes a queue for empty whose first ones are scheduled. It also compares the queues
// with deploy/servicebus.config.json. An emulator has no scaling and no properties.
func (d *doctor) checkCounting(ctx context.Context) {
	if d.settings.ServiceBus.IsEmulator() {
		return
	}

	client := archive.Transport()
	defer client.CloseIdleConnections()
	properties, err := d.settings.DialQueueProperties(client)
	if err != nil {
		d.add(d.explainCounting(err).finding("count messages"))
		return
	}
	d.countEach(ctx, properties)
}

func (d *doctor) countEach(ctx context.Context, of queueProperties) {
	for _, want := range configuredQueues() {
		err := d.try(ctx, "count messages of "+want.Name, "the platform may count them, and scales by them", func(ctx context.Context) error {
			got, err := of.GetQueueRuntimeProperties(ctx, want.Name, nil)
			if err == nil && got == nil {
				err = errNoQueue
			}
			return err
		}, d.explainCounting)
		if err != nil && !errors.Is(err, errNoQueue) {
			return // the others are refused alike
		}
		if err == nil {
			d.checkQueueProperties(ctx, of, want)
		}
	}
}

// checkQueueProperties compares a queue with its configuration.
func (d *doctor) checkQueueProperties(ctx context.Context, of queueProperties, want queueConfig) {
	var wrong []difference
	_ = d.try(ctx, "properties of "+want.Name, "they are those of deploy/servicebus.config.json", func(ctx context.Context) error {
		got, err := of.GetQueue(ctx, want.Name, nil)
		if err == nil && got == nil {
			err = errNoQueue
		}
		if err != nil {
			return err
		}
		if wrong = want.differences(got.QueueProperties); len(wrong) > 0 {
			return errDiffers
		}
		return nil
	}, func(err error) fault {
		if errors.Is(err, errDiffers) {
			return d.explainDifferences(want, wrong)
		}
		return d.explainCounting(err)
	})
}

var (
	errNoQueue = errors.New("there is no such queue")
	errDiffers = errors.New("the queue differs")
)

// explainCounting explains an error of the queues' properties without quoting it.
func (d *doctor) explainCounting(err error) fault {
	answer, _ := errors.AsType[*azcore.ResponseError](err)
	switch {
	case errors.Is(err, errNoQueue):
		return fault{
			detail:  "there is no such queue",
			remedy:  "create it as deploy/servicebus.config.json describes it",
			command: "azd provision",
		}
	case answer != nil && (answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden):
		f := fault{
			detail:  "refused: the platform looks at the first few messages instead, and stops the worker where those are scheduled",
			remedy:  "grant the worker's identity DSR Queue Reader on the namespace (infra/roles/queue-reader.json)",
			command: d.grantOnNamespace("DSR Queue Reader (GROUP)", ""),
		}
		if d.settings.ServiceBus.ConnectionString != "" {
			f.remedy = "take a connection string with Manage, or better an identity with the role DSR Queue Reader"
		}
		return f
	case answer != nil:
		return fault{
			detail:  "an unexpected answer",
			remedy:  "see whether the namespace is well",
			command: "az servicebus namespace list --query \"[?name=='" + d.settings.Namespace() + "'].status\"",
		}
	}
	return fault{
		detail:  "no answer by HTTPS",
		remedy:  "let port 443 of the namespace pass, too: the platform counts by it",
		command: lookUp(d.settings.Namespace() + ".servicebus.windows.net"),
	}
}
