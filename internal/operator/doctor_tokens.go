package operator

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// checkTokens obtains a token of each audience that Azure ML's services have: that of
// Resource Manager, and that of the data plane. The first one also shows who the identity
// is.
func (d *doctor) checkTokens(ctx context.Context) {
	credential, err := d.settings.UpstreamCredential()
	d.obtainEach(ctx, credential, err)
}

// obtainEach obtains the tokens from a credential, or from none for an error's sake.
func (d *doctor) obtainEach(ctx context.Context, credential azcore.TokenCredential, none error) {
	for _, audience := range []struct{ what, scope, good string }{
		{"token for Azure ML", d.settings.Cloud.Scope(), "obtained; what it may read shows only when an account is read"},
		{"token for the data plane", d.settings.Cloud.DataPlaneScope(), "obtained, for " + d.settings.Cloud.DataPlaneAudience},
	} {
		failed := d.try(ctx, audience.what, audience.good, func(ctx context.Context) error {
			if none != nil {
				return none
			}
			return d.obtain(ctx, credential, audience.scope)
		}, d.explainToken(audience.scope))
		if failed != nil {
			return // the other one fails for the same reason
		}
	}
}

func (d *doctor) obtain(ctx context.Context, credential azcore.TokenCredential, scope string) error {
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if err == nil && d.assignee.objectID == "" {
		d.assignee = assigneeOf(token.Token)
	}
	return err
}

// explainToken explains why there is no token. The error's text may quote secrets.
func (d *doctor) explainToken(scope string) func(error) fault {
	return func(error) fault {
		return fault{
			detail:  "no identity gives one",
			remedy:  "sign in, or give the app a managed identity; with several, name one in ExportStorage__clientId",
			command: "az login --scope " + scope,
		}
	}
}
