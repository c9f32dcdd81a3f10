package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/appstack"
	fake "azureml-dsr/test/emulator/fakeml"
)

// deletionOf turns a request for an export into one that also deletes. It deletes
// everything of the service's first generation that can be deleted, and confirms each
// container.
func deletionOf(r dsr.Request, account fake.Account) dsr.Request {
	r.Kind, r.SubmittedBy, r.AcknowledgeOthers = dsr.KindExportThenDelete, demoDesk, true
	r.ResourceTypes = azureml.TypesOf(azureml.FirstGeneration)
	s := r.Scope[0]
	hosting := dsr.Target{
		Level:          dsr.HostingAccount,
		SubscriptionID: s.SubscriptionID,
		ResourceGroup:  s.ResourceGroup,
		Account:        s.ModelManagementAccount,
	}

	team := hosting
	team.Level, team.Account = dsr.ExperimentationAccount, s.ExperimentationAccount

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

// eraseAccounts deletes the accounts of the service's first generation. It compares the
// certificate with what the fake was asked to delete, and checks that nothing is left.
func (d *demo) eraseAccounts(ctx context.Context) error {
	_, m, err := d.carryOut(ctx)
	if err != nil {
		return err
	}
	left, err := d.left(ctx)
	if err != nil {
		return err
	}
	differences := append(compareDeleted(m.Totals, d.stack.Upstream.Served(), azureml.FirstGeneration), left...)
	return d.concludeDeletion(differences, "The fake Azure ML served exactly these DELETEs, and nothing of it is left.")
}

// left returns a line for each account that still answers.
func (d *demo) left(ctx context.Context) ([]string, error) {
	s, err := config.Load(config.FromMap(appstack.Settings(d.stack)))
	if err != nil {
		return nil, err
	}
	client, err := s.DialUpstream(slog.New(slog.DiscardHandler))
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
