package app

import (
	"errors"
	"log/slog"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/config"
)

// sendPatience is how long an invocation waits for Service Bus to take what it
// sends. Five deliveries so outlast ten minutes in which it is busy, and an
// invocation that has worked for eight minutes still ends by itself.
const sendPatience = 2 * time.Minute

// App is the app with connections of its own.
type App struct {
	Functions handlers.Functions

	connections *config.Connections
	upstream    *azureml.Client
}

// Connect returns the app that the settings describe. Its caller closes it. now is
// the clock; nil is time.Now.
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

	functions := New(Deps{
		Ledger:           connections.Ledger,
		Exports:          connections.Exports,
		Bus:              connections.Bus,
		Upstream:         upstream,
		Signer:           signer,
		EnsureContainers: connections.EnsureContainers,
		Now:              now,
		Logger:           logger,
	}, configOf(s))

	return &App{Functions: functions, connections: connections, upstream: upstream}, nil
}

// Close ends the app's connections.
func (a *App) Close() error {
	a.upstream.Close()
	return a.connections.Close()
}

func configOf(s config.Settings) Config {
	return Config{
		AllowedScopes:   s.AllowedScopes,
		BulkScopes:      s.BulkScopes,
		ChunkItems:      s.ChunkItems,
		RedriveDelays:   s.RedriveDelays,
		LostAfter:       s.LostAfter,
		Retention:       s.Retention,
		DeletesEnabled:  s.DeletesEnabled,
		RequireApproval: s.RequireApproval,
	}
}

// archiveSizes keeps the handler small: at most 18 blocks of parts and 6 of
// artifacts are in memory, 17 MiB. Blocks of 2 MiB carry an artifact of 97 GiB.
func archiveSizes() *archive.Options {
	return &archive.Options{BlockSize: 256 << 10, ArtifactBlockSize: 2 << 20, Buffers: 24}
}
