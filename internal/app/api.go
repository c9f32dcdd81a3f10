package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"azureml-dsr/handlers"
	"azureml-dsr/internal/api"
	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/fanout"
	"azureml-dsr/internal/operator"
	"azureml-dsr/internal/page"
	"azureml-dsr/internal/senders/opendsr"
	"azureml-dsr/internal/verify"
)

// newAPI returns what answers HTTP requests, on the app's own connections.
func newAPI(s config.Settings, c *config.Connections, approvals handlers.Approvals, now func() time.Time, logger *slog.Logger) http.Handler {
	queues := apiQueues{Bus: c.Bus, approvals: approvals}
	o := operator.New(c, operator.Options{Now: now, Queues: queues, Copies: s.Copies})
	rules := newRules(configOf(s))
	var confirms func(fanout.Parsed) []string
	if s.RequireApproval { // else a sender must confirm, for nobody else does
		confirms = rules.Unconfirmed
	}
	var signer opendsr.Signer
	if s.Callbacks.Signer != nil {
		signer = s.Callbacks.Signer
	}

	handler := api.New(api.Options{
		Operator:  o,
		Validator: validatorOf(s.Scopes),
		Check:     rules.CheckNew,
		Scopes:    s.Scopes.Names(),
		Senders: SenderRoutes(SenderOptions{
			Operator:     o,
			Scopes:       s.Scopes,
			Check:        rules.CheckNew,
			Unconfirmed:  confirms,
			Signer:       signer,
			TranscendKey: s.TranscendKey,
			Now:          now,
		}),
		Auth: api.Auth{
			Platform: s.API.Platform,
			TenantID: s.API.TenantID,
			Token:    s.API.Token,
		},
		Verify:       &verify.Options{Same: SameRows(), Rows: CountedRows()},
		Dependencies: dependencies(s, c),
		Page:         page.Files(),
		PublicHost:   s.API.Host,
		Now:          now,
		Logger:       logger,
	})

	containers := &containers{ensure: c.EnsureContainers, logger: logger}
	return &preparedAPI{Handler: handler, ensure: containers.ensureOnce}
}

// ensurePause is how long after a failure it is tried again to create the containers.
const ensurePause = time.Minute

// preparedAPI creates the containers before the first request, which may be the first thing
// that an installation ever does. An identity that may not is not asked to at each request.
type preparedAPI struct {
	http.Handler
	ensure func(context.Context)

	mu    sync.Mutex
	again time.Time
}

// ServeHTTP implements http.Handler.
func (p *preparedAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.isTurn() {
		p.ensure(r.Context())
	}
	p.Handler.ServeHTTP(w, r)
}

func (p *preparedAPI) isTurn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.again) {
		return false
	}
	p.again = now.Add(ensurePause)
	return true
}

// apiQueues are the queues of the API. An approval is recorded at once instead of sent: so the
// app's identity needs no right to send to the queue of the approvals, by which it could
// approve for others.
type apiQueues struct {
	*bus.Bus
	approvals handlers.Approvals
}

// Send implements operator.Queues.
func (q apiQueues) Send(ctx context.Context, queue string, messages ...dsr.Message) error {
	if queue != dsr.QueueApprovals {
		return sendObserved(ctx, queue, messages, q.Bus.Send)
	}
	for _, m := range messages {
		if err := q.approvals.Accept(ctx, m.Body); err != nil {
			return err
		}
	}
	return nil
}

// dependencies returns what the health of the app hangs on.
func dependencies(s config.Settings, c *config.Connections) []api.Dependency {
	out := []api.Dependency{
		{Name: "evidence", Check: readable(c.Audit)},
		{Name: "exports", Check: readable(c.Exports)},
		{Name: "index", Check: readable(c.Index)},
		{Name: "serviceBus", Check: func(ctx context.Context) error {
			for _, err := range c.Bus.Dead(ctx, dsr.QueueRequests) {
				return err // the first one is enough
			}
			return nil
		}},
	}
	if base := s.BaseURLs.ARM; base != "" && !strings.Contains(base, "{") {
		out = append(out, api.Dependency{Name: "resourceManager", Check: func(ctx context.Context) error { return reach(ctx, base) }})
	}
	return out
}

// absent is a name that no blob has.
const absent = "_health"

// readable returns what finds out whether a container can be read.
func readable(a *archive.Archive) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := a.Backend().Stat(ctx, absent)
		if errors.Is(err, archive.ErrNotFound) {
			return nil
		}
		return err
	}
}

// reach finds out whether a service answers at all. What it answers does not matter.
func reach(ctx context.Context, base string) error {
	client := archive.Transport()
	defer client.CloseIdleConnections()

	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", http.NoBody)
	if err != nil {
		return errors.New("the address is not well formed")
	}
	resp, err := client.Do(req)
	if err != nil {
		return errors.New("no answer") // the client's own text may quote the address
	}
	return resp.Body.Close()
}
