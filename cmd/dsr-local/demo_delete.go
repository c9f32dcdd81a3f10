package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"azureml-dsr/internal/cli"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	fake "azureml-dsr/test/emulator/fakeml"
)

// The persons who submit and who approve the demo's deletions.
const (
	demoDesk    = "privacy-desk@example.org"
	demoOfficer = "privacy-officer@example.org"
)

// runDelete deletes twice, each time approved by a second person. First it deletes the
// accounts of the service's first generation, and then what belongs to one person in a
// workspace that many share.
func (d *demo) runDelete(ctx context.Context, account fake.Account) error {
	export := d.request
	d.request = deletionOf(export, account)
	if err := d.eraseAccounts(ctx); err != nil {
		return err
	}
	d.request = erasureOf(export.ID+"-person", account)
	return d.erasePerson(ctx, account)
}

// carryOut sends the request, prints its deletion plan, approves that as a second person,
// waits until the request is closed and prints the certificate.
func (d *demo) carryOut(ctx context.Context) (dsr.DeletionPlan, dsr.Manifest, error) {
	attempt := dsr.Attempt{RequestID: d.request.ID, Number: 1}
	if err := d.submit(ctx); err != nil {
		return dsr.DeletionPlan{}, dsr.Manifest{}, err
	}
	if err := d.Say("Sent request %s as %s.\n", d.request.ID, demoDesk); err != nil {
		return dsr.DeletionPlan{}, dsr.Manifest{}, err
	}

	plan, err := d.approved(ctx, attempt)
	if err != nil {
		return plan, dsr.Manifest{}, err
	}

	m, err := d.awaitClosed(ctx, attempt)
	if err != nil {
		return plan, m, err
	}

	if _, err := d.operator.Download(ctx, d.request.ID, filepath.Join(config.LocalDir, "demo"), nil); err != nil {
		return plan, m, err
	}
	if err := d.Say("Closed as %s.\n\n", m.Status); err != nil {
		return plan, m, err
	}

	return plan, m, d.certify(ctx)
}

// certify prints the certificate. The error is NotGood where it is incomplete.
func (d *demo) certify(ctx context.Context) error {
	certificate, err := d.operator.Certificate(ctx, d.request.ID)
	if err != nil {
		return err
	}

	cli.PrintCertificate(d.Streams, certificate)
	if !certificate.Complete() {
		return cli.NotGood(nil)
	}
	return nil
}

// approved waits for the deletion plan, prints it and approves it.
func (d *demo) approved(ctx context.Context, attempt dsr.Attempt) (dsr.DeletionPlan, error) {
	if err := d.awaitPlan(ctx, attempt); err != nil {
		return dsr.DeletionPlan{}, err
	}
	planned, err := d.operator.PlannedDeletion(ctx, d.request.ID)
	if err != nil {
		return dsr.DeletionPlan{}, err
	}

	plan := planned.Plan
	read := "Everything in the workspace is read"
	if d.request.Kind == dsr.KindExportThenDelete {
		read = "Exported and read back"
	}
	if err := d.Say("\n%s. This is to be deleted:\n", read); err != nil {
		return plan, err
	}

	cli.PrintWhat(d.Out, planned.What)
	cli.PrintStages(d.Streams, plan)
	cli.PrintMentions(d.Out, plan.Mentions, plan.MentionsOmitted, cli.MentionsShown)

	order := operator.ApprovalOrder{ID: d.request.ID, By: demoOfficer, PlanSHA256: planned.PlanSHA256}
	if err := d.operator.Approve(ctx, order); err != nil {
		return plan, err
	}

	return plan, d.Say("\nApproved as %s.\n", demoOfficer)
}

// awaitPlan waits for the deletion plan.
func (d *demo) awaitPlan(ctx context.Context, a dsr.Attempt) error {
	return d.poll(ctx, func() (bool, error) {
		_, _, found, err := d.connections.Ledger.DeletionPlan(ctx, a)
		if err != nil || found {
			return found, err
		}
		closed, err := d.connections.Ledger.Closed(ctx, a)
		if err == nil && closed {
			err = cli.Failed(fmt.Errorf("request %s was closed before anything was planned; see %s", a.RequestID, filepath.Join(config.LocalDir, "demo.log")))
		}
		return false, err
	})
}

// awaitClosed waits for the manifest.
func (d *demo) awaitClosed(ctx context.Context, a dsr.Attempt) (m dsr.Manifest, err error) {
	err = d.poll(ctx, func() (closed bool, err error) {
		m, _, closed, err = d.connections.Ledger.Manifest(ctx, a)
		return closed, err
	})
	return m, err
}

// concludeDeletion prints the differences and returns an error, or prints good and where the
// evidence is.
func (d *demo) concludeDeletion(differences []string, good string) error {
	for _, line := range differences {
		if err := d.Say("DIFFERENT: %s\n", line); err != nil {
			return err
		}
	}

	if len(differences) > 0 {
		return cli.Failed(fmt.Errorf("what was certified is not what happened: %s", cli.Plural(len(differences), "difference")))
	}

	dir := filepath.ToSlash(filepath.Join(config.LocalDir, "demo", d.request.ID))
	return d.Say("\n%s\n%s\ndsr verify %s\n", good, checkNote(), dir)
}

// poll calls look every demoPoll until it returns true or an error, for demoPatience at
// most.
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
