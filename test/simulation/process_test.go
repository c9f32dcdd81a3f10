package simulation_test

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/app"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/test/emulator/servicebus/queue"
)

// process is one run of the handler: all that it holds is lost when it dies.
type process struct {
	handlers.Functions
	faults *faultInjector
	// host, where set, calls the functions by way of the handler's own server.
	host *posting
}

func (sim *simulation) newProcess(faults *faultInjector) *process {
	sim.t.Helper()
	if faults.target != "" {
		sim.dying = append(sim.dying, faults)
	}

	log := slog.New(slog.NewJSONHandler(&sim.log, nil))
	front := sim.front
	if sim.wrap != nil {
		front = sim.wrap(front)
	}

	skew := sim.skew
	now := func() time.Time { return time.Now().Add(skew) }
	audit := archive.New(injectedBackend{sim.audit, faults}, nil)
	exports := archive.New(injectedBackend{sim.exports, faults}, nil)
	records := ledger.New(audit, exports, archive.New(injectedBackend{sim.index, faults}, nil))
	client, err := azureml.New(azureml.Options{
		BaseURLs:   azureml.BaseURLs{ARM: upstreamURL, ModelManagement: upstreamURL, Experiments: upstreamURL},
		Credential: azureml.StaticToken("secret"),
		Transport:  injectedTransport{front, faults},
	})
	if err != nil {
		sim.t.Fatal(err)
	}

	functions := app.New(app.Deps{
		Ledger:   records,
		Exports:  exports,
		Bus:      injectedBus{sim, faults},
		Upstream: client,
		Signer:   sim.signer,
		People:   sim.people,
		Now:      now,
		Logger:   log,

		Telemetry: sim.telemetry,
	}, app.Config{
		ChunkItems:      sim.chunk,
		ListItems:       2,
		RedriveDelays:   sim.delays,
		LostAfter:       lostAfter,
		Retention:       sim.retention,
		Scopes:          sim.scopes,
		Callbacks:       sim.receiver.settings(faults),
		DeletesEnabled:  true,
		RequireApproval: true,
	})

	p := &process{Functions: functions, faults: faults}
	if sim.telemetry != nil {
		p.host = newPosting(functions, log)
	}
	return p
}

// function returns the function that serves a queue.
func (p *process) function(queue string) func(context.Context, customhandler.Message) error {
	if p.host != nil {
		return p.host.function(queue)
	}

	switch queue {
	case dsr.QueueRequests:
		return p.DSRIntake
	case dsr.QueueExports:
		return p.DSRExport
	case bus.DeadLetter(dsr.QueueExports):
		return p.DSRExportRedrive
	case dsr.QueueDeletes:
		return p.DSRDelete
	case bus.DeadLetter(dsr.QueueDeletes):
		return p.DSRDeleteRedrive
	case dsr.QueueApprovals:
		return p.DSRApprove
	case dsr.QueueCallbacks:
		return p.DSRCallback
	case dsr.QueueCopies:
		return p.DSRCopy
	case dsr.QueueClosings:
		return p.DSRClose
	default:
		panic("no function serves " + queue)
	}
}

// invoke calls the function of a queue with one of its messages, as the host does: it
// renews the lock meanwhile, and abandons the message when the function fails.
func (sim *simulation) invoke(p *process, name string, d queue.Delivery) {
	m := d.Payload.(dsr.Message)
	props := map[string]any{}
	for k, v := range m.Properties {
		props[k] = v
	}

	for _, prop := range d.Properties {
		props[prop.Name] = prop.Value
	}

	done := make(chan struct{})
	defer close(done)

	go sim.renew(name, d.Token, done)
	err := p.function(name)(context.Background(), customhandler.Message{
		Body:                  m.Body,
		MessageID:             m.ID,
		LockToken:             d.Token,
		DeliveryCount:         int(d.DeliveryCount) + 1,
		SequenceNumber:        d.Sequence,
		EnqueuedTime:          d.EnqueuedAt,
		ApplicationProperties: props,
	})
	if err == nil {
		return
	}

	if !errors.Is(err, errDead) && !p.faults.isDead() {
		sim.t.Logf("%s failed: %v", name, err)
	}

	if err := sim.queue(name).Settle(queue.Abandon, nil, d.Token); err != nil && !errors.Is(err, queue.ErrLockLost) {
		sim.t.Fatalf("abandoning: %v", err)
	}
}

// renew keeps a message's lock while its invocation goes on, for as long as the
// host does: maxAutoLockRenewalDuration.
func (sim *simulation) renew(name string, token queue.Token, done <-chan struct{}) {
	for end := time.Now().Add(12 * time.Minute); time.Now().Before(end); {
		select {
		case <-done:
			return
		case <-time.After(30 * time.Second):
			if _, err := sim.queue(name).Renew(token); err != nil {
				return // it is settled
			}
		}
	}
}
