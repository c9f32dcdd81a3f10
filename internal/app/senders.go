package app

import (
	"crypto/ecdsa"
	"slices"
	"time"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/senders"
	"azureml-dsr/internal/senders/eventhttp"
	"azureml-dsr/internal/senders/opendsr"
	"azureml-dsr/internal/senders/transcend"
)

// SenderOptions are what other senders' forms are answered with. Operator is required.
type SenderOptions struct {
	Operator *operator.Operator
	// Scopes are what names in a request's scope stand for.
	Scopes dsr.ScopeNames
	// Check refuses requests that the worker would refuse. Default: nothing is refused
	// before it is sent.
	Check func(fanout.Parsed) error
	// Unconfirmed returns the containers that a request names and has to confirm; nil:
	// senders confirm all by themselves. Those of events always do, for they can.
	Unconfirmed func(fanout.Parsed) []string
	// Signer signs what is said by OpenDSR; nil: nothing is said.
	Signer opendsr.Signer
	// TranscendKey is the public key of Transcend's gateway; nil: its jobs are not taken.
	TranscendKey *ecdsa.PublicKey
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// newRules returns an intake that only says what it would refuse.
func newRules(cfg Config) *fanout.Intake {
	return &fanout.Intake{
		Allowed:        cfg.AllowedScopes,
		Deletions:      plannedDeletions(),
		DeletesEnabled: cfg.DeletesEnabled,
		Callbacks:      cfg.Callbacks.Check,
		Policies:       cfg.Policies,
	}
}

// SenderRoutes returns the routes of other senders' forms, for whoever mounts them and signs
// their callers in.
func SenderRoutes(opts SenderOptions) []senders.Route {
	if opts.Now == nil {
		opts.Now = time.Now
	}

	requests := senders.Operated{
		Operator:    opts.Operator,
		Validator:   validatorOf(opts.Scopes),
		Check:       opts.Check,
		Unconfirmed: opts.Unconfirmed,
		Now:         opts.Now,
	}

	able := requests
	able.Unconfirmed = nil

	return slices.Concat(
		opendsr.Routes(opendsr.Options{Requests: requests, Signer: opts.Signer, Now: opts.Now}),
		transcend.Routes(transcend.Options{Requests: requests, Key: opts.TranscendKey, Now: opts.Now}),
		eventhttp.Routes(able, opts.Now),
	)
}
