package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// doctorOptions are what the command line of `dsr doctor` says.
type doctorOptions struct {
	location string
	timeout  time.Duration
	json     bool
}

func newDoctorCmd(a *cli) *cobra.Command {
	const patience = 15 * time.Second
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check settings, connections and permissions",
		Long: `Reads all settings, connects to each service that they name, and tries each
permission that the worker needs, with the identity that you run it with. A line
for each says ok or FAIL, what was tried, what came of it, and what to do.

It leaves nothing behind: messages are looked at without a lock, a link for sending
is opened and nothing sent, and the blobs that it writes, one under _doctor/ in the
container of the documents and one in that of the index, are removed again. Into the
container of the evidence it writes nothing, since what is there may be immutable:
that permission is not tried.

The addresses of Azure ML's data planes depend on the region: --location names one
to try. Exit code 1 when anything failed, 2 when a setting is wrong.`,
		Example: "  dsr doctor\n  dsr doctor --location eastus2 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.location != "" && !dsr.ValidLocation(o.location) {
				return usage(errors.New("--location must be a region's short name, like eastus2"))
			}
			return runDoctor(cmd.Context(), a, o)
		},
	}
	cmd.Flags().StringVar(&o.location, "location", "", "an Azure region whose data planes are tried")
	cmd.Flags().DurationVar(&o.timeout, "timeout", patience, "how long each check may take")
	cmd.Flags().BoolVar(&o.json, "json", false, "print a JSON array instead of lines")
	return cmd
}

// finding is the result of one check.
type finding struct {
	OK     bool   `json:"ok"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"` // "" when it is ok
}

// findings are told one by one, or together as JSON.
type findings struct {
	cli    *cli
	json   bool
	all    []finding
	failed int
}

func (f *findings) add(r finding) {
	f.all = append(f.all, r)
	word := "ok"
	if !r.OK {
		f.failed++
		word = "FAIL"
	}
	if f.json {
		return
	}
	fields := []string{word, r.What, oneLine(r.Detail)}
	if r.Remedy != "" {
		fields = append(fields, r.Remedy)
	}
	printFields(f.cli.Out, fields...)
}

// end tells how it ends when something failed with a code.
func (f *findings) end(code int) error {
	if f.json {
		if err := json.NewEncoder(f.cli.Out).Encode(f.all); err != nil {
			return err
		}
	}
	if f.failed > 0 {
		return &exitError{code: code} // the lines have said it all
	}
	return nil
}

func runDoctor(ctx context.Context, a *cli, o doctorOptions) error {
	f := &findings{cli: a, json: o.json, all: []finding{}}
	lookup, source, err := config.Find(a.env)
	if err != nil {
		return err
	}
	s, err := config.Load(lookup)
	if faults, ok := errors.AsType[config.Error](err); ok {
		for _, fault := range faults {
			what, remedy, _ := strings.Cut(fault.Problem, "; ")
			f.add(finding{What: fault.Setting, Detail: what, Remedy: remedy})
		}
		return f.end(exitUsage)
	}
	if err != nil {
		return err
	}
	detail := "all are well formed, from " + source
	if s.EvidenceKey == nil && s.EvidenceKeyID == "" {
		detail += "; without EVIDENCE_KEY manifests are not signed"
	}
	f.add(finding{OK: true, What: "settings", Detail: detail})
	if err := examine(ctx, f, s, o); err != nil {
		return err
	}
	return f.end(exitFailed)
}

// examine tries everything that the settings name.
func examine(ctx context.Context, f *findings, s config.Settings, o doctorOptions) (err error) {
	c, err := s.Dial(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	d := &doctor{findings: f, settings: s, connections: c, timeout: o.timeout}
	d.checkQueues(ctx)
	d.checkStorage(ctx)
	d.checkUpstream(ctx, o.location)
	return ctx.Err()
}

// doctor is what the checks use.
type doctor struct {
	*findings
	settings    config.Settings
	connections *config.Connections
	timeout     time.Duration
}

// try runs one check within its time and tells what came of it; remedy says what
// to do about an error.
func (d *doctor) try(ctx context.Context, what, good string, check func(context.Context) error, remedy func(error) (detail, remedy string)) error {
	limited, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	err := check(limited)
	if err == nil {
		d.add(finding{OK: true, What: what, Detail: good})
		return nil
	}
	r := finding{What: what}
	r.Detail, r.Remedy = remedy(err)
	d.add(r)
	return err
}
