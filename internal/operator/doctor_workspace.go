package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/dsr"
)

// Rows that the doctor reads of a workspace: the first page of its experiments, of its
// chats, and of what a resource group has.
const (
	experimentsRow = "W50"
	threadsRow     = "W68"
)

// checkWorkspace reads one workspace as an export does: its document, the discovery
// service, and a list of the data plane; of an AI project its chats, too. Without a
// workspace's id it takes the first one of the allowed scopes.
func (d *doctor) checkWorkspace(ctx context.Context, id string) {
	directory, done := d.directory()
	if directory == nil {
		return
	}
	defer done()

	place, found := d.pickWorkspace(ctx, directory, id)
	if !found {
		return
	}

	var details dsr.WorkspaceDetails
	err := d.try(ctx, "workspace "+place.Workspace, "its document and its discovery service can be read", func(ctx context.Context) (err error) {
		details, err = directory.Details(ctx, place)
		return err
	}, d.explainUpstream(place.ID(), ""))
	if err != nil || details.NeverProvisioned {
		return
	}

	place.API, place.AIProject = details.API, details.AIProject
	rows := []struct{ what, good, row string }{{"data plane of " + place.Workspace, "its experiments can be listed", experimentsRow}}
	if place.AIProject {
		rows = append(rows, struct{ what, good, row string }{"chats of " + place.Workspace, "they can be listed", threadsRow})
	}
	for _, r := range rows {
		_ = d.try(ctx, r.what, r.good, func(ctx context.Context) error {
			return directory.Try(ctx, r.row, place)
		}, d.explainUpstream(place.ID(), hostOf(place.API)))
	}
}

// pickWorkspace returns the workspace that is read. Where it looks for one, that it may
// list them is a check of its own.
func (d *doctor) pickWorkspace(ctx context.Context, directory *azureml.Directory, id string) (place dsr.Target, found bool) {
	if id != "" {
		place, err := dsr.ParseTarget(id, "")
		return place, err == nil
	}

	for _, scope := range d.settings.AllowedScopes {
		within, ok := listable(scope)
		if !ok {
			continue
		}
		var all []dsr.Target
		_ = d.try(ctx, "workspaces of "+scope, "they can be listed", func(ctx context.Context) (err error) {
			all, err = directory.Within(ctx, within, dsr.MachineLearningWorkspace)
			return err
		}, d.explainUpstream(scope, ""))
		if len(all) > 0 && !found {
			place, found = all[0], true
		}
	}
	return place, found
}

// listable returns the subscription or resource group of an allowed scope.
func listable(scope string) (dsr.Target, bool) {
	parts := strings.Split(strings.Trim(scope, "/"), "/")
	if len(parts) == 2 {
		return dsr.Target{Level: dsr.ResourceGroup, SubscriptionID: parts[1]}, true
	}
	group, err := dsr.ParseTarget(scope, "")
	return group, err == nil && group.Level == dsr.ResourceGroup
}

// versionCodes are the codes, in lower case, with which ARM refuses an api-version.
var versionCodes = []string{"noregisteredproviderfound", "invalidapiversionparameter", "unsupportedapiversion", "invalidapiversion", "apiversionnotsupported"}

// explainUpstream explains an error of Azure ML. host is that of the data plane; "" where
// Resource Manager was asked.
func (d *doctor) explainUpstream(id, host string) func(error) fault {
	return func(err error) fault {
		e, _ := errors.AsType[*dsr.Error](err)
		switch {
		case e == nil:
			return d.unreachedUpstream(host)
		case slices.Contains(versionCodes, strings.ToLower(e.Code)):
			return d.refusedVersion()
		case e.Reason == dsr.ReasonPrivateNetwork:
			return fault{
				detail:  "it answers only from inside of its network",
				remedy:  "give the app access to that network, and link the network's private DNS zones",
				command: "az functionapp vnet-integration add --name APP --resource-group GROUP --vnet VNET --subnet SUBNET",
			}
		case e.Reason == dsr.ReasonForeignLink:
			return fault{
				detail:  "it leads to an address outside of " + d.settings.Cloud.Name,
				remedy:  "set AZURE_CLOUD to the cloud that the workspace is in",
				command: settingCommand("AZURE_CLOUD"),
			}
		case e.Status == http.StatusForbidden:
			return fault{
				detail:  refusal("refused", e.Code),
				remedy:  "grant the role DSR Azure ML Reader (infra/roles/ml-reader.json); if it is granted, add the action that the worker's log names. A new grant takes some minutes",
				command: d.grant("DSR Azure ML Reader (GROUP)", id),
			}
		case e.Status == http.StatusUnauthorized:
			return fault{
				detail:  refusal("the token was refused", e.Code),
				remedy:  "check that the identity is of the subscription's directory, and that AZURE_CLOUD is right",
				command: "az account show --query tenantId",
			}
		case e.Status == http.StatusNotFound:
			return fault{
				detail:  "there is no such thing, or the identity may not know of it",
				remedy:  "name another one, or take it out of DSR_ALLOWED_SCOPES",
				command: "az resource show --ids " + id,
			}
		case e.Status == 0 && e.Class == dsr.Transient:
			return d.unreachedUpstream(host)
		}
		return fault{
			detail:  e.Message,
			remedy:  "if it lasts, see whether Azure has an incident",
			command: "az resource show --ids " + id,
		}
	}
}

func (d *doctor) unreachedUpstream(host string) fault {
	if host == "" {
		host = hostOf(d.settings.BaseURLs.ARM)
	}
	return fault{
		detail:  "no answer",
		remedy:  "check the name resolution and the network: behind a private endpoint the name must lead there",
		command: lookUp(host),
	}
}

func (d *doctor) refusedVersion() fault {
	version := d.settings.MachineLearningVersion
	if version == "" {
		version = azureml.MachineLearningVersion
	}
	return fault{
		detail: fmt.Sprintf("the api-version %s is refused", version),
		remedy: "set AZUREML_API_VERSION to the newest one without -preview that the provider lists",
		command: `az functionapp config appsettings set --name APP --resource-group GROUP --settings "AZUREML_API_VERSION=$(` +
			`az provider show --namespace Microsoft.MachineLearningServices --query "resourceTypes[?resourceType=='workspaces'].apiVersions[]" --output tsv | ` +
			`grep -v preview | sort | tail -n 1)"`,
	}
}

// refusal adds a code, where there is one.
func refusal(what, code string) string {
	if code == "" {
		return what
	}
	return what + ", " + code
}
