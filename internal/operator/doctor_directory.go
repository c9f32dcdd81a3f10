package operator

import (
	"context"
	"fmt"
	"net/http"

	"azureml-dsr/internal/dsr"
)

// checkDirectory asks the directory for anybody, where subjects are looked up.
func (d *doctor) checkDirectory(ctx context.Context) {
	if !d.settings.Directory.Lookup {
		return
	}

	_ = d.try(ctx, "read people of the directory", "Microsoft Graph answers, and people may be looked up", func(ctx context.Context) error {
		client, err := d.settings.DialDirectory()
		if err != nil {
			return err
		}
		defer client.Close()
		return client.Try(ctx)
	}, d.explainDirectory)
}

// explainDirectory explains an error of Microsoft Graph. The texts of other errors may quote
// secrets.
func (d *doctor) explainDirectory(err error) fault {
	switch dsr.StatusOf(err) {
	case http.StatusForbidden:
		return fault{
			detail:  "refused",
			remedy:  "give the identity the application permission User.Read.All of Microsoft Graph, with an administrator's consent, or set DIRECTORY_LOOKUP to off",
			command: d.permitDirectory(),
		}
	case http.StatusUnauthorized:
		return fault{
			detail:  "the token was refused",
			remedy:  "check that the identity is of this directory and AZURE_CLOUD is right",
			command: "az account show --query tenantId",
		}
	case 0:
		return fault{
			detail:  "no answer, or none that can be used",
			remedy:  "check the network, GRAPH_ENDPOINT, and that an identity is signed in",
			command: lookUp(hostOf(d.settings.Directory.Endpoint)),
		}
	}
	return fault{
		detail:  "an unexpected answer",
		remedy:  "check GRAPH_ENDPOINT and AZURE_CLOUD, and try again later",
		command: settingCommand("GRAPH_ENDPOINT"),
	}
}

// Ids of Microsoft Graph and of its permission User.Read.All, the same in every directory.
const (
	graphApp    = "00000003-0000-0000-c000-000000000000"
	userReadAll = "df021288-bdef-4463-88db-98f22de89214"
)

// permitDirectory returns the command that lets the identity read people.
func (d *doctor) permitDirectory() string {
	who := d.assignee.objectID
	if who == "" {
		who = "IDENTITY"
	}
	return fmt.Sprintf(`az rest --method POST --url %[1]s/v1.0/servicePrincipals/%[2]s/appRoleAssignments --body "{\"principalId\":\"%[2]s\",\"resourceId\":\"$(az ad sp show --id %[3]s --query id --output tsv)\",\"appRoleId\":\"%[4]s\"}"`,
		d.settings.Cloud.Graph, who, graphApp, userReadAll)
}
