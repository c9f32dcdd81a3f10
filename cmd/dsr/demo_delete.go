package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/internal/local/azureml"
)

// Who asks for the demo's deletion, and who approves it.
const (
	demoDesk    = "privacy-desk@example.org"
	demoOfficer = "privacy-officer@example.org"
)

// deletionOf makes of a request for an export one that also deletes: all that is
// exported and can be deleted, each container confirmed.
func deletionOf(r dsr.Request, account fake.Account) dsr.Request {
	r.Kind, r.SubmittedBy, r.AcknowledgeOthers = dsr.KindExportThenDelete, demoDesk, true
	s := r.Scope[0]
	hosting := dsr.Target{Level: dsr.HostingAccount, SubscriptionID: s.SubscriptionID, ResourceGroup: s.ResourceGroup, Account: s.ModelManagementAccount}
	team := dsr.Target{Level: dsr.ExperimentationAccount, SubscriptionID: s.SubscriptionID, ResourceGroup: s.ResourceGroup, Account: s.ExperimentationAccount}
	r.Confirm = []string{hosting.ID(), team.ID()}
	for ws := range account.Workspaces {
		t := team
		t.Level, t.Workspace = dsr.Workspace, account.WorkspaceName(ws)
		r.Confirm = append(r.Confirm, t.ID())
		for p := range account.Projects {
			t.Level, t.Project = dsr.Project, account.ProjectName(p)
			r.Confirm = append(r.Confirm, t.ID())
		}
	}
	return r
}

// runDelete exports, shows the plan, approves it as a second person, waits until
// all is deleted and prints the certificate.
func (d *demo) runDelete(ctx context.Context) error {
	if err := d.submit(ctx); err != nil {
		return err
	}
	if err := d.say("Sent request %s as %s.\n", d.request.ID, demoDesk); err != nil {
		return err
	}
	attempt := dsr.Attempt{RequestID: d.request.ID, Number: 1}
	if err := d.awaitPlan(ctx, attempt); err != nil {
		return err
	}
	if err := d.say("\nExported and read back. This is to be deleted:\n"); err != nil {
		return err
	}
	plan, sum, _, err := d.connections.Ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return err
	}
	printStages(d.Out, plan)
	approval := approveOptions{id: d.request.ID, by: demoOfficer}
	if err := sendApproval(ctx, d.connections.Bus, sum, approval); err != nil {
		return err
	}
	if err := d.say("\nApproved as %s.\n", demoOfficer); err != nil {
		return err
	}
	m, err := d.await(ctx)
	if err != nil {
		return err
	}
	if err := download(ctx, d.connections, d.request.ID, filepath.Join(localDir, "demo")); err != nil {
		return err
	}
	if err := d.say("Closed as %s.\n\n", m.Status); err != nil {
		return err
	}
	if err := runCertificate(ctx, d.app, d.connections, d.request.ID, false); err != nil {
		return err
	}
	return d.concludeDeletion(ctx, m)
}

// awaitPlan waits until it is fixed what is to be deleted.
func (d *demo) awaitPlan(ctx context.Context, a dsr.Attempt) error {
	return d.poll(ctx, func() (bool, error) {
		_, _, found, err := d.connections.Ledger.DeletionPlan(ctx, a)
		if err != nil || found {
			return found, err
		}
		closed, err := d.connections.Ledger.Closed(ctx, a)
		if err == nil && closed {
			err = failed(fmt.Errorf("request %s was closed before anything was planned; see %s", a.RequestID, filepath.Join(localDir, "demo.log")))
		}
		return false, err
	})
}

// concludeDeletion compares the certificate with what the fake was asked to
// delete, and makes sure that nothing of it is left.
func (d *demo) concludeDeletion(ctx context.Context, m dsr.Manifest) error {
	differences := compareDeleted(m.Totals, d.stack.Upstream.Served())
	left, err := d.left(ctx)
	if err != nil {
		return err
	}
	for _, line := range append(differences, left...) {
		if err := d.say("DIFFERENT: %s\n", line); err != nil {
			return err
		}
	}
	if len(differences)+len(left) > 0 {
		return failed(fmt.Errorf("what was certified is not what happened: %d differences", len(differences)+len(left)))
	}
	dir := filepath.ToSlash(filepath.Join(localDir, "demo", d.request.ID))
	return d.say("\nThe fake Azure ML served exactly these DELETEs, and nothing of it is left.\nCheck the evidence:\ndsr verify %s\n", dir)
}

// compareDeleted compares totals with the DELETEs that the fake carried out.
func compareDeleted(totals dsr.Totals, served []fake.Served) []string {
	want := map[string]int64{}
	for _, s := range served {
		if s.Method == http.MethodDelete && s.Status < http.StatusMultipleChoices {
			want[s.Endpoint]++
		}
	}
	var lines []string
	for _, row := range azureml.Deletions() {
		if got := totals[row.ID].Documents; got != want[row.ID] || got == 0 {
			lines = append(lines, fmt.Sprintf("%s  certified deleted=%d  served deleted=%d", row.ID, got, want[row.ID]))
		}
	}
	return lines
}

// left names the accounts that still answer.
func (d *demo) left(ctx context.Context) ([]string, error) {
	s, err := loadSettings(lookupIn(envOf(d.stack)))
	if err != nil {
		return nil, err
	}
	client, err := s.dialUpstream(slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	directory := azureml.NewDirectory(client)
	var lines []string
	for _, id := range d.request.Confirm {
		t, err := dsr.ParseTarget(id, d.request.Scope[0].Location)
		if err != nil {
			return nil, err
		}
		if err := directory.Exists(ctx, t); dsr.StatusOf(err) != http.StatusNotFound {
			lines = append(lines, fmt.Sprintf("%s still answers", id))
		}
	}
	return lines, nil
}

// poll looks every little while until something is so.
func (d *demo) poll(ctx context.Context, look func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, demoPatience)
	defer cancel()
	tick := time.NewTicker(demoPoll)
	defer tick.Stop()
	for {
		if done, err := look(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
