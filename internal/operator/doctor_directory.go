package operator

import (
	"context"
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
	}, explainDirectory)
}

// explainDirectory explains an error of Microsoft Graph. The texts of other errors may quote
// secrets.
func explainDirectory(err error) (detail, remedy string) {
	switch dsr.StatusOf(err) {
	case http.StatusForbidden:
		return "refused", "give the identity the application permission User.Read.All of Microsoft Graph, with an administrator's consent, or set DIRECTORY_LOOKUP to off"
	case http.StatusUnauthorized:
		return "the token was refused", "check that the identity is of this directory and AZURE_CLOUD is right"
	case 0:
		return "no answer, or none that can be used", "check the network, GRAPH_ENDPOINT, and that an identity is signed in"
	}
	return "an unexpected answer", "check GRAPH_ENDPOINT and AZURE_CLOUD, and try again later"
}
