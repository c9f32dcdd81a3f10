package operator

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/archive"
)

// locationPlace is the placeholder for the region in an endpoint.
const locationPlace = "{location}"

// checkUpstream obtains a token and checks that each endpoint of Azure ML answers at all.
// It does not send the token, because what the token permits depends on the account.
func (d *doctor) checkUpstream(ctx context.Context, location string) {
	_ = d.try(ctx, "token for Azure ML", "obtained; what it may read shows only when an account is read", func(ctx context.Context) error {
		credential, err := d.settings.UpstreamCredential()
		if err != nil {
			return err
		}
		_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{d.settings.Cloud.Scope()}})
		return err
	}, func(error) (string, string) { // the error's text may quote secrets
		return "no identity gives one", "sign in (az login), or give the app a managed identity; with several, name one in ExportStorage__clientId"
	})

	e := d.settings.BaseURLs
	client := archive.Transport()
	defer client.CloseIdleConnections()

	for _, plane := range []struct{ name, base string }{
		{"Resource Manager", e.ARM}, {"model management", e.ModelManagement}, {"experimentation", e.Experiments},
	} {
		if location == "" && strings.Contains(plane.base, locationPlace) {
			continue
		}

		base := strings.ReplaceAll(plane.base, locationPlace, location)
		_ = d.try(ctx, "reach "+plane.name, "it answers", func(ctx context.Context) error {
			return reach(ctx, client, base)
		}, func(error) (string, string) {
			return "no answer", "check the name resolution, the network, and the AZUREML_*_ENDPOINT settings"
		})
	}
}

// reach returns an error where there is no answer; any answer will do.
func reach(ctx context.Context, client *http.Client, base string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", http.NoBody)
	if err != nil {
		return errors.New("the address is not well formed")
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking for an answer: %w", err)
	}
	return resp.Body.Close()
}
