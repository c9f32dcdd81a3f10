package app

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/graph"
	"azureml-dsr/internal/telemetry"
)

// sendPatience bounds the time that an invocation waits for Service Bus to accept a
// message. Five deliveries then outlast ten minutes in which Service Bus is busy, and an
// invocation that has worked for eight minutes still ends by itself.
const sendPatience = 2 * time.Minute

// App is the app with connections of its own, which Close ends.
type App struct {
	Functions handlers.Functions
	// API answers what the Functions host forwards.
	API http.Handler

	connections *config.Connections
	telemetry   *telemetry.Recorder
	upstream    *azureml.Client
	directory   *graph.Client // nil: nobody is looked up
}

// Connect returns the app that the settings describe. The caller closes it. now is the
// clock; nil means time.Now.
func Connect(s config.Settings, now func() time.Time, logger *slog.Logger) (*App, error) {
	connections, err := s.Dial(archiveSizes())
	if err != nil {
		return nil, err
	}
	connections.Bus.Patience = sendPatience

	upstream, err := s.DialUpstream(logger)
	if err != nil {
		return nil, errors.Join(err, connections.Close())
	}

	signer, err := s.Signer()
	if err != nil {
		upstream.Close()
		return nil, errors.Join(err, connections.Close())
	}

	directory, err := s.DialDirectory()
	if err != nil {
		upstream.Close()
		return nil, errors.Join(err, connections.Close())
	}
	var people fanout.People
	if directory != nil {
		people = directory
	}

	recorder, err := newRecorder(s, logger)
	if err != nil {
		upstream.Close()
		return nil, errors.Join(err, connections.Close())
	}

	functions := New(Deps{
		Ledger:           connections.Ledger,
		Exports:          connections.Exports,
		Bus:              connections.Bus,
		Upstream:         upstream,
		People:           people,
		Signer:           signer,
		EnsureContainers: connections.EnsureContainers,
		Now:              now,
		Logger:           logger,
		Telemetry:        recorder,
	}, configOf(s))
	functions.Watch = examined(functions.Watch, s, logger)

	return &App{
		Functions:   functions,
		API:         observedAPI(recorder, newAPI(s, connections, functions.Approvals, now, logger)),
		connections: connections,
		telemetry:   recorder,
		upstream:    upstream,
		directory:   directory,
	}, nil
}

// telemetryPatience bounds the time that the end of the app waits for a collector.
const telemetryPatience = 3 * time.Second

// Close ends the app's connections.
func (a *App) Close() error {
	a.telemetry.Close(telemetryPatience)
	a.upstream.Close()
	if a.directory != nil {
		a.directory.Close()
	}
	return a.connections.Close()
}

// configOf returns the settings that decide how the app works.
func configOf(s config.Settings) Config {
	return Config{
		AllowedScopes:   s.AllowedScopes,
		Scopes:          s.Scopes,
		PeopleRequired:  s.Directory.Required,
		BulkScopes:      s.BulkScopes,
		ChunkItems:      s.ChunkItems,
		Callbacks:       s.Callbacks,
		Policies:        s.Policies,
		ContentSecret:   s.ContentSecret,
		RedriveDelays:   s.RedriveDelays,
		LostAfter:       s.LostAfter,
		Retention:       s.Retention,
		Delivery:        s.Delivery,
		DeletesEnabled:  s.DeletesEnabled,
		RequireApproval: s.RequireApproval,
	}
}

// archiveSizes returns sizes that keep the handler small. At most 18 blocks of parts, 6 of
// artifacts and 32 small artifacts are in memory, 19 MiB in all. Blocks of 2 MiB allow an
// artifact of 97 GiB.
func archiveSizes() *archive.Options {
	return &archive.Options{BlockSize: 256 << 10, ArtifactBlockSize: 2 << 20, Buffers: 24}
}
