package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	fake "azureml-dsr/internal/local/azureml"
)

// Who asks for the demo's deletions, and who approves them.
const (
	demoDesk    = "privacy-desk@example.org"
	demoOfficer = "privacy-officer@example.org"
)

// runDelete deletes twice, each time approved by a second person: all that is
// exported of the first generation, with what holds it, and then one person's own in
// a workspace that many share.
func (d *demo) runDelete(ctx context.Context, account fake.Account) error {
	export := d.request
	d.request = deletionOf(export, account)
	if err := d.eraseAccounts(ctx); err != nil {
		return err
	}
	d.request = erasureOf(export.ID+"-person", account)
	return d.erasePerson(ctx, account)
}

// carryOut sends the request, shows what it is to delete, approves that as a second
// person, waits until all is deleted and prints the certificate.
func (d *demo) carryOut(ctx context.Context) (dsr.DeletionPlan, dsr.Manifest, error) {
	attempt := dsr.Attempt{RequestID: d.request.ID, Number: 1}
	if err := d.submit(ctx); err != nil {
		return dsr.DeletionPlan{}, dsr.Manifest{}, err
	}
	if err := d.say("Sent request %s as %s.\n", d.request.ID, demoDesk); err != nil {
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
	if err := download(ctx, d.connections, d.request.ID, filepath.Join(config.LocalDir, "demo")); err != nil {
		return plan, m, err
	}
	if err := d.say("Closed as %s.\n\n", m.Status); err != nil {
		return plan, m, err
	}
	return plan, m, runCertificate(ctx, d.cli, d.connections, d.request.ID, false)
}

// approved waits until it is fixed what is to be deleted, shows it, and approves it.
func (d *demo) approved(ctx context.Context, attempt dsr.Attempt) (dsr.DeletionPlan, error) {
	if err := d.awaitPlan(ctx, attempt); err != nil {
		return dsr.DeletionPlan{}, err
	}
	plan, sum, _, err := d.connections.Ledger.DeletionPlan(ctx, attempt)
	if err != nil {
		return plan, err
	}
	read := "Everything in the workspace is read"
	if d.request.Kind == dsr.KindExportThenDelete {
		read = "Exported and read back"
	}
	if err := d.say("\n%s. This is to be deleted:\n", read); err != nil {
		return plan, err
	}
	if d.request.What == dsr.WhatSubject {
		printFields(d.Out, "what="+d.request.What, onlyOwn)
	}
	printStages(d.Out, plan)
	printMentions(d.Out, plan.Mentions, plan.MentionsOmitted, mentionsShown)
	if err := sendApproval(ctx, d.connections.Bus, sum, approveOptions{id: d.request.ID, by: demoOfficer}); err != nil {
		return plan, err
	}
	return plan, d.say("\nApproved as %s.\n", demoOfficer)
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
			err = failed(fmt.Errorf("request %s was closed before anything was planned; see %s", a.RequestID, filepath.Join(config.LocalDir, "demo.log")))
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

// concludeDeletion tells what differs from what was to be, or that nothing does, and
// where the evidence is.
func (d *demo) concludeDeletion(differences []string, good string) error {
	for _, line := range differences {
		if err := d.say("DIFFERENT: %s\n", line); err != nil {
			return err
		}
	}
	if len(differences) > 0 {
		return failed(fmt.Errorf("what was certified is not what happened: %s", plural(len(differences), "difference")))
	}
	dir := filepath.ToSlash(filepath.Join(config.LocalDir, "demo", d.request.ID))
	return d.say("\n%s\nCheck the evidence:\ndsr verify %s\n", good, dir)
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
