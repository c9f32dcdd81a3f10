package config

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"azureml-dsr/internal/telemetry"
	"azureml-dsr/internal/version"
)

// telemetry reads the standard settings of OpenTelemetry. What is wrong with one is no fault:
// the worker works without telemetry too.
func (r *reader) telemetry() telemetry.Settings {
	var unresolved []telemetry.Problem
	get := func(name string) string {
		v, _ := r.lookup(name)
		v = strings.TrimSpace(v)
		if isReference(v) {
			unresolved = append(unresolved, telemetry.Problem{
				Setting: name,
				Text:    "is a reference to a vault or store that was not resolved; give the app's identity the role Key Vault Secrets User",
			})
			return ""
		}
		return v
	}

	s := telemetry.Read(get, version.Current().Short())
	s.Problems = append(s.Problems, unresolved...)
	return s
}

// TelemetryToken returns what gets the tokens to send telemetry by an identity; nil where none
// is needed.
func (s Settings) TelemetryToken() (func(ctx context.Context, audience string) (string, error), error) {
	if !s.Telemetry.Insights.Identity {
		return nil, nil
	}
	credential, err := s.credential(Connection{ManagedIdentity: true, ClientID: s.Telemetry.Insights.ClientID})
	if err != nil {
		return nil, err
	}

	return func(ctx context.Context, audience string) (string, error) {
		token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
		return token.Token, err
	}, nil
}
