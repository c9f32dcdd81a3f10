package operator

import (
	"context"
	"errors"
	"strings"
	"time"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
)

// Finding is the result of one check of an installation.
type Finding struct {
	OK     bool   `json:"ok"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"` // "" when it is ok
	// Command is the remedy as a command of a shell, with names in capitals where only the
	// reader knows them; "" when it is ok.
	Command string `json:"command"`
}

// fault is what is wrong where a check has failed, and what to do about it.
type fault struct {
	detail, remedy, command string
}

// finding returns the finding of a fault.
func (f fault) finding(what string) Finding {
	return Finding{
		What:    what,
		Detail:  f.detail,
		Remedy:  f.remedy,
		Command: f.command,
	}
}

// DoctorOptions are all optional.
type DoctorOptions struct {
	// Location is an Azure region whose data planes are tried. Default: none is.
	Location string
	// Workspace is the ARM id of a machine learning workspace that is read. Default: the
	// first one that DSR_ALLOWED_SCOPES allows.
	Workspace string
	// Timeout is how long each check may take. Default: DefaultCheckTimeout.
	Timeout time.Duration
	// Source is where the settings come from, for the first finding.
	Source string
	// Found is called with each finding as soon as it is made.
	Found func(Finding)
}

// DefaultCheckTimeout is how long a check may take.
const DefaultCheckTimeout = 15 * time.Second

// Check returns what is wrong with the options, as far as they alone show.
func (o DoctorOptions) Check() error {
	if o.Location != "" && !dsr.ValidLocation(o.Location) {
		return invalid("location", "location must be a region's short name, like eastus2")
	}
	if o.Workspace != "" {
		if t, err := dsr.ParseTarget(o.Workspace, ""); err != nil || t.Level != dsr.MachineLearningWorkspace {
			return invalid("workspace", "workspace must be the ARM id of a machine learning workspace, /subscriptions/…/resourceGroups/…/providers/Microsoft.MachineLearningServices/workspaces/…")
		}
	}
	return nil
}

// SettingFindings returns a finding for each setting that is wrong.
func SettingFindings(faults config.Error) []Finding {
	var out []Finding
	for _, fault := range faults {
		what, remedy, _ := strings.Cut(fault.Problem, "; ")
		command := fault.Command
		if command == "" {
			command = settingCommand(fault.Setting)
		}
		out = append(out, Finding{
			What:    fault.Setting,
			Detail:  what,
			Remedy:  remedy,
			Command: command,
		})
	}
	return out
}

// Diagnose connects to every service that settings name, and tries each permission that
// the worker needs. It removes what it writes. A failed check is a finding and no error.
func Diagnose(ctx context.Context, s config.Settings, opts DoctorOptions) (findings []Finding, err error) {
	if err := opts.Check(); err != nil {
		return nil, err
	}
	c, err := s.Dial(nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()

	d := newDoctor(opts)
	d.settings, d.connections = s, c
	d.checkSettings(opts.Source)
	d.checkScopes()
	d.checkTokens(ctx)
	d.checkQueues(ctx)
	d.checkCounting(ctx)
	d.checkStorage(ctx)
	d.checkUpstream(ctx, opts.Location)
	d.checkRights(ctx)
	d.checkWorkspace(ctx, opts.Workspace)
	d.checkDirectory(ctx)

	return d.findings, ctx.Err()
}

// doctor runs the checks and collects their findings.
type doctor struct {
	settings    config.Settings
	connections *config.Connections
	timeout     time.Duration
	found       func(Finding)
	now         func() time.Time
	assignee    assignee // who the doctor is, where a token shows it

	findings []Finding
}

func newDoctor(opts DoctorOptions) *doctor {
	d := &doctor{timeout: opts.Timeout, found: opts.Found, now: time.Now}
	if d.timeout <= 0 {
		d.timeout = DefaultCheckTimeout
	}
	if d.found == nil {
		d.found = func(Finding) {}
	}
	return d
}

func (d *doctor) add(f Finding) {
	d.findings = append(d.findings, f)
	d.found(f)
}

func (d *doctor) checkSettings(source string) {
	detail := "all are well formed, from " + source
	if d.settings.EvidenceKey == nil && d.settings.EvidenceKeyID == "" {
		detail += "; without EVIDENCE_KEY manifests are not signed"
	}
	if d.settings.ContentSecret == "" {
		detail += "; without CONTENT_KEY who knows a person can tell by contentSha256 whom a request was about, even after its documents are removed"
	}
	d.add(Finding{OK: true, What: "settings", Detail: detail})
}

// try runs one check within its timeout and adds its finding. explain returns what an error
// means and what to do about it.
func (d *doctor) try(ctx context.Context, what, good string, check func(context.Context) error, explain func(error) fault) error {
	limited, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()

	err := check(limited)
	if err == nil {
		d.add(Finding{OK: true, What: what, Detail: good})
		return nil
	}

	d.add(explain(err).finding(what))

	return err
}
