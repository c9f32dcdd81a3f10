package upstreamtest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Token begins each token that a test's Credential gives. WantError refuses an error
// that quotes it.
const Token = "the-token"

// Credential returns the token of an audience and counts how often it was asked.
type Credential struct {
	// Tokens are by audience. Any other audience is an error.
	Tokens map[string]string
	// Err is returned in place of every token.
	Err error

	mu    sync.Mutex
	calls int
}

var _ azcore.TokenCredential = (*Credential)(nil)

// GetToken implements azcore.TokenCredential.
func (c *Credential) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.mu.Lock()
	c.calls++
	c.mu.Unlock()

	if c.Err != nil {
		return azcore.AccessToken{}, c.Err
	}
	token := c.Tokens[strings.Join(opts.Scopes, " ")]
	if token == "" {
		return azcore.AccessToken{}, errors.New("wrong scope")
	}
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// Calls returns how often a token was asked for.
func (c *Credential) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}
