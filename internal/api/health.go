package api

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"azureml-dsr/internal/dsr"
)

// Dependency is a service that the app needs.
type Dependency struct {
	Name  string
	Check func(context.Context) error
}

const (
	// healthAge is how old a look at the dependencies may be: anybody may ask.
	healthAge = 5 * time.Second
	// checkTime bounds the look at one of them.
	checkTime = 5 * time.Second
)

// Values of a health's status.
const (
	healthy  = "ok"
	degraded = "degraded"
)

// healthBody says whether the app can work. Only who may read gets the checks.
type healthBody struct {
	Status string       `json:"status"`
	Checks []checkedOne `json:"checks,omitempty"`
}

// checkedOne is the result of looking at one dependency.
type checkedOne struct {
	Name      string `json:"name"`
	OK        bool   `json:"ok"`
	LatencyMS int64  `json:"latencyMs"`
	Detail    string `json:"detail"`
}

// health looks at the dependencies.
type health struct {
	dependencies []Dependency
	now          func() time.Time
	logger       *slog.Logger
	last         *cached[healthBody]
}

func newHealth(o Options) *health {
	return &health{
		dependencies: o.Dependencies,
		now:          o.Now,
		logger:       o.Logger,
		last:         newCached[healthBody](o.Now, healthAge),
	}
}

// getHealth answers whether the app can work. A degraded one is an answer, and no error: a
// platform that restarts an app for it would stop what still works.
func (s *server) getHealth(w http.ResponseWriter, r *http.Request) error {
	body, err := s.health.last.get(r.Context(), s.health.look)
	if err != nil {
		return err
	}
	if !caller(r).has(RoleRead) {
		body.Checks = nil
	}
	return write(w, http.StatusOK, body)
}

// look asks all dependencies at once.
func (h *health) look(ctx context.Context) (healthBody, error) {
	// The answer is for others too, who must not wait for one who has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkTime)
	defer cancel()

	body := healthBody{Status: healthy, Checks: make([]checkedOne, len(h.dependencies))}
	var all sync.WaitGroup
	for i, d := range h.dependencies {
		all.Go(func() { body.Checks[i] = h.check(ctx, d) })
	}
	all.Wait()

	for _, c := range body.Checks {
		if !c.OK {
			body.Status = degraded
		}
	}
	return body, nil
}

func (h *health) check(ctx context.Context, d Dependency) checkedOne {
	begun := h.now()
	err := dsr.Guard(func() error { return d.Check(ctx) })()
	out := checkedOne{Name: d.Name, OK: err == nil, LatencyMS: h.now().Sub(begun).Milliseconds()}
	if err != nil {
		h.logger.WarnContext(ctx, "a dependency does not answer", "dependency", d.Name, "error", dsr.WithoutNames(err.Error()))
		out.Detail = "it does not answer as it should; the worker's log and `dsr doctor` say more"
	}
	return out
}
