package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	azuremldsr "azureml-dsr"
	"azureml-dsr/handlers"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/erase"
	"azureml-dsr/internal/export"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/keyvault"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
)

// worker is everything behind the functions, joined.
type worker struct {
	functions handlers.Functions

	connections *connections
	upstream    *azureml.Client
}

// sendPatience is how long an invocation waits for Service Bus to take what it
// sends. Five deliveries so outlast ten minutes in which it is busy, and an
// invocation that has worked for eight minutes still ends by itself.
const sendPatience = 2 * time.Minute

// newWorker joins the parts by the settings. It sends nothing: each part
// connects when an invocation first needs it.
func newWorker(s settings, now func() time.Time, logger *slog.Logger) (*worker, error) {
	connections, err := s.dial(archiveSizes())
	if err != nil {
		return nil, err
	}
	upstream, err := s.dialUpstream(logger)
	if err != nil {
		return nil, errors.Join(err, connections.Close())
	}
	signer, err := s.signer()
	if err != nil {
		return nil, errors.Join(err, connections.Close())
	}
	connections.Bus.Patience = sendPatience
	w := &worker{connections: connections, upstream: upstream}
	w.join(s, signer, now, logger)
	return w, nil
}

func (w *worker) join(s settings, signer ledger.Signer, now func() time.Time, logger *slog.Logger) {
	records, queue := w.connections.Ledger, w.connections.Bus
	nudger := fanout.NewNudger(queue, now)
	deletions, directory := plannedDeletions(), azureml.NewDirectory(w.upstream)
	first := &containers{ensure: w.connections.ensureContainers, logger: logger}
	w.functions = handlers.Functions{
		Settler: queue,
		Intake: firstIntake{first, fanout.Intake{
			Ledger: records, Queue: queue, Directory: directory, Nudger: nudger,
			DeletesEnabled: s.DeletesEnabled, Deletions: deletions,
			Allowed: s.AllowedScopes, Types: plannedTypes(), ChunkItems: s.ChunkItems, RetryDelays: s.RedriveDelays, Now: now, Logger: logger,
		}, sync.OnceValues(newValidator)},
		Exports: task.New(records, queue, export.New(w.upstream, w.connections.Exports, records, export.Options{Logger: logger}), nudger, task.Options{
			ChunkItems: s.ChunkItems, RedriveDelays: s.RedriveDelays, Same: sameRows(), Now: now, Logger: logger,
		}),
		Deletes: task.New(records, queue, erase.New(w.upstream, records, w.connections.Exports, erase.Options{RequireApproval: s.RequireApproval, Now: now}), nudger, task.Options{
			Queue: dsr.QueueDeletes, RedriveDelays: s.RedriveDelays, Now: now, Logger: logger,
		}),
		Approvals: &fanout.Approvals{Ledger: records, Nudger: nudger, Now: now, Logger: logger},
		Closer: &fanout.Closer{
			Deletions: deletions, DeletionURL: directory.DeletionURL, ListOnly: azureml.ListOnly, RequireApproval: s.RequireApproval,
			Ledger: records, Queue: queue, Nudger: nudger, DeadLetter: bus.DeadLetter, Endpoints: endpointIDs(),
			LostAfter: s.LostAfter, Retention: s.Retention, Signer: signer, Now: now, Logger: logger,
		},
		Watch: ensuredWatch{first, &fanout.Watch{
			Ledger: records, Nudger: nudger, Drainer: queue, Logger: logger,
			Retention: &fanout.Retention{Ledger: records, After: s.Retention, Now: now, Logger: logger},
		}},
		Bulk:   &fanout.Bulk{Scopes: s.BulkScopes, Queue: queue, Now: now, Logger: logger},
		Logger: logger,
	}
}

// signer gives what signs manifests; nil leaves them unsigned.
func (s settings) signer() (ledger.Signer, error) {
	switch {
	case s.EvidenceKey != nil:
		return s.EvidenceKey, nil
	case s.EvidenceKeyID == "":
		return nil, nil
	}
	credential, err := s.upstreamCredential()
	if err != nil {
		return nil, err
	}
	return keyvault.New(s.EvidenceKeyID, credential, nil)
}

// Close ends the worker's connections.
func (w *worker) Close() error {
	w.upstream.Close()
	return w.connections.Close()
}

// archiveSizes keeps the handler small: at most 18 blocks of parts and 6 of
// artifacts are in memory, 17 MiB. Blocks of 2 MiB carry an artifact of 97 GiB.
func archiveSizes() *archive.Options {
	return &archive.Options{BlockSize: 256 << 10, ArtifactBlockSize: 2 << 20, Buffers: 24}
}

func (s settings) dialUpstream(logger *slog.Logger) (*azureml.Client, error) {
	credential, err := s.upstreamCredential()
	if err != nil {
		return nil, err
	}
	return azureml.New(azureml.Options{Endpoints: s.Endpoints, Cloud: s.Cloud, MachineLearningVersion: s.MachineLearningVersion, Credential: credential, Logger: logger})
}

// upstreamCredential is the identity that asks Azure ML: the one that the
// connections use.
func (s settings) upstreamCredential() (azcore.TokenCredential, error) {
	if s.Token != "" {
		return azureml.StaticToken(s.Token), nil
	}
	identity := s.Storage
	if identity.ClientID == "" {
		identity = s.ServiceBus
	}
	return s.credential(identity)
}

// newValidator reads requests by the embedded schema.
func newValidator() (*fanout.Validator, error) {
	var names []string
	for _, r := range azureml.Resources() {
		names = append(names, r.Type)
	}
	return fanout.NewValidator([]byte(azuremldsr.RequestSchema), names)
}

func plannedTypes() []fanout.ResourceType {
	var types []fanout.ResourceType
	for _, r := range azureml.Resources() {
		types = append(types, fanout.ResourceType{Name: r.Type, Level: r.Level, Follows: r.Follows, OfSubject: r.OfSubject, DataPlane: r.DataPlane})
	}
	return types
}

func plannedDeletions() []fanout.DeletionType {
	var rows []fanout.DeletionType
	for _, d := range azureml.Deletions() {
		joined, _ := azureml.Find(d.Joins)
		items, _ := azureml.Find(d.ItemsOf)
		rows = append(rows, fanout.DeletionType{
			ID: d.ID, Type: d.Type, Reads: d.Reads, Level: d.Level, Container: d.Container,
			After: d.After, Inner: d.Inner, Personal: d.Personal, Joins: d.Joins, JoinedType: joined.Type, ItemsOf: items.Type,
		})
	}
	return fanout.InOrder(rows)
}

func endpointIDs() []string {
	var ids []string
	for _, e := range azureml.Catalogue() {
		ids = append(ids, e.ID)
	}
	return ids
}

// sameRows maps a row that is never called to the one that counts for it.
func sameRows() map[string]string {
	same := map[string]string{}
	for _, e := range azureml.Catalogue() {
		if e.Same != "" {
			same[e.ID] = e.Same
		}
	}
	return same
}

var (
	_ handlers.Intake = firstIntake{}
	_ handlers.Watch  = ensuredWatch{}
)

// firstIntake does what the first request needs: the containers, and the schema,
// which takes too long to compile while the host waits for the handler to start.
type firstIntake struct {
	first     *containers
	intake    fanout.Intake
	validator func() (*fanout.Validator, error)
}

// Accept implements handlers.Intake.
func (i firstIntake) Accept(ctx context.Context, m fanout.Received) error {
	i.first.try(ctx)
	validator, err := i.validator()
	if err != nil {
		return err
	}
	i.intake.Validator = validator
	return i.intake.Accept(ctx, m)
}

// ensuredWatch makes the containers before the first look at them.
type ensuredWatch struct {
	first *containers
	handlers.Watch
}

// Run implements handlers.Watch.
func (w ensuredWatch) Run(ctx context.Context) error {
	w.first.try(ctx)
	return w.Watch.Run(ctx)
}
