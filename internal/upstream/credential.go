package upstream

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

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
