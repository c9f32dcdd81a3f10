package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/test/appstack"
	fake "azureml-dsr/test/emulator/fakeml"
	"azureml-dsr/test/emulator/stack"
)

const (
	// demoPoll is how often the demo checks whether its request is closed.
	demoPoll = 250 * time.Millisecond
	// demoPatience is how long the demo waits without any progress.
	demoPatience = 3 * time.Minute
)

type demoOptions struct {
	Runs   int
	Delete bool
}

func newDemoCmd(e *cli.Env) *cobra.Command {
	opts := demoOptions{Runs: defaultRuns}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run one export on this machine, from request to evidence",
		Long: `Starts the whole app on this machine with a fake Azure ML, sends one request
through the real queue, waits until it is closed, and leaves what was stored in
.dsr/demo/REQUEST_ID. What was exported is compared with what the fake served.
It takes a few seconds and needs neither an Azure subscription nor a network.

With --delete it exports and then deletes the accounts of Azure ML Workbench, and
erases one person from a workspace of today that others share. A second person
approves each plan. What is gone and what is left is compared with the fake.

Azurite is found in AZURITE_HOME or .bin/azurite; ` + "`make tools`" + ` installs it.
The log of the run is .dsr/demo.log.`,
		Example: "  dsr demo\n  dsr demo --runs 2000\n  dsr demo --delete",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), e, opts)
		},
	}

	cmd.Flags().BoolVar(&opts.Delete, "delete", false, "then delete, approved by a second person, and certify it")
	cmd.Flags().IntVar(&opts.Runs, "runs", opts.Runs, "runs that the fake account holds")

	return cmd
}

func runDemo(ctx context.Context, e *cli.Env, opts demoOptions) (err error) {
	if err := checkRuns(opts.Runs); err != nil {
		return err
	}
	free, err := occupyFolder("demo")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, free()) }()

	log, err := os.Create(filepath.Join(config.LocalDir, "demo.log"))
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()

	account := fakeAccount(opts.Runs)
	if err := e.Say("Starting the app on this machine: %d runs in %d projects, %d models, and %s of today.\n",
		opts.Runs, account.Workspaces*account.Projects, account.Models, cli.Plural(account.MachineLearningWorkspaces, "workspace")); err != nil {
		return err
	}

	s, err := startStack(ctx, stack.Options{
		AppDir:        filepath.Join(config.LocalDir, "demo-app"),
		Account:       account,
		Env:           demoSettings(opts),
		Logger:        slog.New(slog.NewTextHandler(log, nil)),
		HandlerOutput: log,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()

	c, err := appstack.Connect(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()

	d := newDemo(e, s, c, fakeRequest("demo-"+e.Now().UTC().Format(idTime), account))
	if opts.Delete {
		return d.runDelete(ctx, account)
	}

	return d.run(ctx)
}

// demoSettings returns the handler's settings. They override what the environment may set
// for another installation.
func demoSettings(opts demoOptions) []string {
	return []string{
		"DSR_ALLOWED_SCOPES=",
		"DELETES_ENABLED=" + strconv.FormatBool(opts.Delete),
		"REQUIRE_APPROVAL=true",
		"EXPORT_CONTAINER=",
		"AUDIT_CONTAINER=",
		"INDEX_CONTAINER=",
		"AZURE_CLOUD=",
	}
}

// demo is one run of the demo on a started stack.
type demo struct {
	*cli.Env
	stack       *stack.Stack
	connections *config.Connections
	operator    *operator.Operator
	request     dsr.Request
}

func newDemo(e *cli.Env, s *stack.Stack, c *config.Connections, request dsr.Request) *demo {
	return &demo{
		Env:         e,
		stack:       s,
		connections: c,
		operator:    operator.New(c, operator.Options{Now: e.Now}),
		request:     request,
	}
}

func (d *demo) run(ctx context.Context) error {
	// Making the containers takes a while, which is not part of the request's time.
	if err := d.connections.EnsureContainers(ctx); err != nil {
		return err
	}

	sent := d.Now()
	if err := d.submit(ctx); err != nil {
		return err
	}
	if err := d.Say("Sent request %s to the queue %s.\n", d.request.ID, dsr.QueueRequests); err != nil {
		return err
	}
	m, err := d.await(ctx)
	if err != nil {
		return err
	}

	if err := d.Say("Closed as %s after %.1f s.\n", m.Status, m.ClosedAt.Sub(sent).Seconds()); err != nil {
		return err
	}
	if _, err := d.operator.Download(ctx, d.request.ID, filepath.Join(config.LocalDir, "demo"), nil); err != nil {
		return err
	}

	cli.PrintTotals(d.Streams, m.Totals)

	return d.conclude(m)
}

// submit sends the request as an adapter of the privacy portal would.
func (d *demo) submit(ctx context.Context) error {
	if err := d.connections.EnsureContainers(ctx); err != nil {
		return err
	}
	body, err := d.body()
	if err != nil {
		return err
	}
	return d.connections.Bus.Send(ctx, dsr.QueueRequests, dsr.Message{ID: d.request.ID, Body: body})
}

func (d *demo) body() ([]byte, error) {
	body, err := json.Marshal(d.request)
	if err != nil {
		return nil, fmt.Errorf("encoding the request: %w", err)
	}
	return body, nil
}

// await waits for the manifest. It takes the progress from the fake, which counts what it
// has served, so that it need not read the storage.
func (d *demo) await(ctx context.Context) (dsr.Manifest, error) {
	p := cli.NewProgress(d.Streams)
	defer p.Close()

	total := int64(0)
	for range d.stack.Upstream.Documents() {
		total++
	}

	tick := time.NewTicker(demoPoll)
	defer tick.Stop()

	last, since := int64(-1), d.Now()
	for {
		m, _, closed, err := d.connections.Ledger.Manifest(ctx, dsr.Attempt{RequestID: d.request.ID, Number: 1})
		if err != nil || closed {
			return m, err
		}

		done := documentsServed(d.stack.Upstream.Served())
		p.Show(min(done, total), total, "documents read")

		if done != last {
			last, since = done, d.Now()
		} else if d.Now().Sub(since) > demoPatience {
			return m, fmt.Errorf("nothing has happened for %s; see %s", demoPatience, filepath.Join(config.LocalDir, "demo.log"))
		}

		select {
		case <-ctx.Done():
			return m, ctx.Err()
		case <-tick.C:
		}
	}
}

// conclude compares the manifest with what the fake served, and prints where the evidence
// is.
func (d *demo) conclude(m dsr.Manifest) error {
	differences := compareServed(m.Totals, d.stack.Upstream.Served())
	for _, line := range differences {
		if err := d.Say("DIFFERENT: %s\n", line); err != nil {
			return err
		}
	}

	dir := filepath.ToSlash(filepath.Join(config.LocalDir, "demo", d.request.ID))

	if len(differences) == 0 {
		if err := d.Say("The fake Azure ML served exactly these calls.\nNone of them hands out secrets or deletes all there is.\n"); err != nil {
			return err
		}
	}
	if err := d.Say("What was stored is in %s; the storage it was in ends with the demo.\n%s\ndsr verify %s\n", dir, checkNote(), dir); err != nil {
		return err
	}

	switch {
	case len(differences) > 0:
		return cli.Failed(fmt.Errorf("what was exported is not what was served: %d endpoints differ", len(differences)))
	case m.Status != dsr.StatusSucceeded:
		return cli.NotGood(fmt.Errorf("the request was closed as %s", m.Status))
	}

	return nil
}

// checkNote introduces the command that checks the evidence. Where PATH does not find dsr, it
// says what to write instead.
func checkNote() string {
	if program := dsrCommand(); program != "dsr" {
		return "Check the evidence, with " + program + " for dsr:"
	}
	return "Check the evidence:"
}

// documentsServed counts the distinct documents that the fake has served. Like the fake's
// own count it leaves out answers to POST.
func documentsServed(served []fake.Served) int64 {
	n := int64(0)
	for _, s := range served {
		if e, ok := row(s.Endpoint); ok && s.Status == http.StatusOK && s.Method == http.MethodGet && !e.IsList() {
			n++
		}
	}
	return n
}
