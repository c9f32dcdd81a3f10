package azureml

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// StaticToken is a credential that always gives the same token. It is for
// tests and a local stack; refuse it unless Endpoints.AllLoopback.
func StaticToken(token string) azcore.TokenCredential { return staticToken(token) }

type staticToken string

func (t staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(365 * 24 * time.Hour)}, nil
}

// credential marks the errors of the credential behind it, so that they can be
// told from those of the call.
type credential struct{ azcore.TokenCredential }

func (c credential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, opts)
	if err != nil {
		return token, credentialError{err}
	}
	return token, nil
}

type credentialError struct{ error }

func (e credentialError) Unwrap() error { return e.error }
