// Package app wires the parts behind the functions. Production, the simulation, the fault
// runs and the benchmarks all take the app from here, so that what is tested is what runs.
package app

import (
	"context"
	"log/slog"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/callback"
	"azureml-dsr/internal/closing"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/erase"
	"azureml-dsr/internal/export"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/task"
	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/version"
	"azureml-dsr/internal/wakeup"
)

// Bus is what the app needs of Service Bus. *bus.Bus implements it, and tests wrap it.
type Bus interface {
	handlers.Settler
	fanout.Queue
	closing.Browser
	closing.Drainer
	callback.Queue
}

var _ Bus = (*bus.Bus)(nil)

// Deps are the connections that the app works with. Ledger, Exports, Bus and Upstream are
// required.
type Deps struct {
	Ledger   *ledger.Ledger
	Exports  *archive.Archive
	Bus      Bus
	Upstream *azureml.Client
	// People finds subjects in the directory; nil looks nobody up.
	People fanout.People
	// Signer signs manifests; nil leaves them unsigned.
	Signer ledger.Signer
	// EnsureContainers creates the containers that are missing. It is called before
	// the first request and the first watch; nil means that they exist.
	EnsureContainers func(context.Context) error
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// Logger is where the app logs. Default: nowhere.
	Logger *slog.Logger
	// Telemetry records what the app does; nil records nothing.
	Telemetry *telemetry.Recorder
}

func (d Deps) withDefaults() Deps {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return d
}

// Config is how the app works. docs/configuration.md describes the settings that it
// comes from.
type Config struct {
	// AllowedScopes are ARM id prefixes; empty allows everything.
	AllowedScopes []string
	// Scopes are what names in a request's scope stand for.
	Scopes dsr.ScopeNames
	// PeopleRequired refuses a subject who is not in the directory.
	PeopleRequired bool
	// BulkScopes are what bulk_export asks for; empty leaves it nothing to do.
	BulkScopes []dsr.ScopeEntry
	// ChunkItems bounds the items that a task reads. Default 50.
	ChunkItems int
	// ListItems bounds the entries that an item's own list has before it becomes a
	// sub-node. Default 50.
	ListItems int
	// RedriveDelays are the pauses after transient failures. Default 1m, 5m, 30m,
	// 2h, 12h.
	RedriveDelays []time.Duration
	// LostAfter is how long after it was due a task's message may count as lost.
	LostAfter time.Duration
	// Retention is how long the documents of a closed attempt are kept.
	Retention time.Duration
	// Delivery is how long a copy for a person can be fetched. Default 7 days.
	Delivery time.Duration
	// RetentionTime bounds the time that one run removes expired documents. Default
	// 4 minutes.
	RetentionTime time.Duration
	// ContentSecret keys the hash of each request's content; "" leaves it without a key.
	ContentSecret string
	// Callbacks are who may be told of changes, and how. Default: nobody.
	Callbacks callback.Settings
	// Policies are what is required of new requests, by their source. Default: nothing.
	Policies dsr.SourcePolicies
	// DeletesEnabled accepts requests that delete.
	DeletesEnabled bool
	// RequireApproval makes each deletion plan wait for a second person.
	RequireApproval bool
}

// New returns the functions of the app. It sends nothing: each part connects when an
// invocation first needs it.
func New(deps Deps, cfg Config) handlers.Functions {
	deps = deps.withDefaults()
	deps.Bus = observedBus{deps.Bus}
	a := &assembly{
		Deps:       deps,
		cfg:        cfg,
		wakeups:    wakeup.New(deps.Bus, deps.Now),
		directory:  azureml.NewDirectory(deps.Upstream),
		deletions:  plannedDeletions(),
		containers: &containers{ensure: deps.EnsureContainers, logger: deps.Logger},
	}
	a.noter = a.newNoter()

	return handlers.Functions{
		Settler:    deps.Bus,
		Intake:     a.newIntake(),
		Exports:    a.newExports(),
		Deletes:    a.newDeletes(),
		Approvals:  a.newApprovals(),
		Callbacks:  a.newDeliverer(),
		Copies:     a.newCopyMaker(),
		Reconciler: a.newReconciler(),
		Watch:      a.newWatch(),
		Bulk:       a.newBulk(),
		Logger:     deps.Logger,
		Telemetry:  deps.Telemetry,
	}
}

// assembly holds what several parts share while New wires them.
type assembly struct {
	Deps
	cfg        Config
	wakeups    *wakeup.Sender
	directory  *azureml.Directory
	deletions  []dsr.DeletionType
	containers *containers
	noter      *callback.Noter
}

func (a *assembly) newIntake() handlers.Intake {
	intake := fanout.Intake{
		Ledger:         a.Ledger,
		Queue:          a.Bus,
		Directory:      a.directory,
		Wakeups:        a.wakeups,
		Allowed:        a.cfg.AllowedScopes,
		Types:          plannedTypes(),
		Deletions:      a.deletions,
		DeletesEnabled: a.cfg.DeletesEnabled,
		People:         a.People,
		PeopleRequired: a.cfg.PeopleRequired,
		ContentSecret:  a.cfg.ContentSecret,
		Callbacks:      a.cfg.Callbacks.Check,
		Policies:       a.cfg.Policies,
		ChunkItems:     a.cfg.ChunkItems,
		RetryDelays:    a.cfg.RedriveDelays,
		Now:            a.Now,
		Logger:         a.Logger,
	}

	return preparedIntake{containers: a.containers, intake: intake, validator: validatorOf(a.cfg.Scopes)}
}

func (a *assembly) newExports() handlers.Tasks {
	worker := export.New(a.Upstream, a.Exports, a.Ledger, export.Options{ListItems: a.cfg.ListItems, Logger: a.Logger})

	return task.New(a.Ledger, a.Bus, worker, a.wakeups, task.Options{
		Queue:         dsr.QueueExports,
		ChunkItems:    a.cfg.ChunkItems,
		RedriveDelays: a.cfg.RedriveDelays,
		Same:          SameRows(),
		Now:           a.Now,
		Logger:        a.Logger,
	})
}

func (a *assembly) newDeletes() handlers.Tasks {
	worker := erase.New(a.Upstream, a.Ledger, a.Exports, erase.Options{RequireApproval: a.cfg.RequireApproval, Now: a.Now})

	return task.New(a.Ledger, a.Bus, worker, a.wakeups, task.Options{
		Queue:         dsr.QueueDeletes,
		RedriveDelays: a.cfg.RedriveDelays,
		Now:           a.Now,
		Logger:        a.Logger,
	})
}

func (a *assembly) newApprovals() handlers.Approvals {
	return &closing.Approvals{
		Ledger:  a.Ledger,
		Wakeups: a.wakeups,
		Now:     a.Now,
		Logger:  a.Logger,
	}
}

func (a *assembly) newReconciler() handlers.Reconciler {
	return &closing.Reconciler{
		Ledger:          a.Ledger,
		Queue:           a.Bus,
		Wakeups:         a.wakeups,
		DeadLetter:      bus.DeadLetter,
		Endpoints:       rowIDs(),
		Deletions:       a.deletions,
		DeletionURL:     a.directory.DeletionURL,
		Locks:           a.directory.Locks,
		ListOnly:        azureml.ListOnly,
		RequireApproval: a.cfg.RequireApproval,
		LostAfter:       a.cfg.LostAfter,
		Retention:       a.cfg.Retention,
		Noter:           a.noter,
		Signer:          a.Signer,
		Worker:          version.Current().Short(),
		Now:             a.Now,
		Logger:          a.Logger,
	}
}

func (a *assembly) newWatch() handlers.Watch {
	retention := &closing.Retention{
		Ledger: a.Ledger,
		After:  a.cfg.Retention,
		Time:   a.cfg.RetentionTime,
		Now:    a.Now,
		Logger: a.Logger,
	}

	watch := &closing.Watch{
		Ledger:    a.Ledger,
		Wakeups:   a.wakeups,
		Drainer:   a.Bus,
		Approvals: a.newApprovals(),
		Callbacks: a.newSweep(),
		Copies:    a.newCopySweep(),
		Retention: retention,
		Logger:    a.Logger,
	}

	return preparedWatch{containers: a.containers, Watch: watch}
}

func (a *assembly) newBulk() handlers.Bulk {
	return &fanout.Bulk{
		Scopes: a.cfg.BulkScopes,
		Queue:  a.Bus,
		Now:    a.Now,
		Logger: a.Logger,
	}
}
