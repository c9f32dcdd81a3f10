package config

import (
	"log/slog"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"azureml-dsr/internal/azureml"
	"azureml-dsr/internal/keyvault"
	"azureml-dsr/internal/ledger"
	"azureml-dsr/internal/version"
)

// DialUpstream returns a client of Azure ML. It sends nothing.
func (s Settings) DialUpstream(logger *slog.Logger) (*azureml.Client, error) {
	credential, err := s.UpstreamCredential()
	if err != nil {
		return nil, err
	}

	return azureml.New(azureml.Options{
		BaseURLs:               s.BaseURLs,
		Cloud:                  s.Cloud,
		MachineLearningVersion: s.MachineLearningVersion,
		Credential:             credential,
		Logger:                 logger,
	})
}

// UpstreamCredential returns the identity that reads Azure ML: the fixed token, else the
// identity of the storage connection, or that of Service Bus where storage names
// none.
func (s Settings) UpstreamCredential() (azcore.TokenCredential, error) {
	if s.Token != "" {
		return azureml.StaticToken(s.Token), nil
	}

	identity := s.Storage
	if !identity.namesIdentity() {
		identity = s.ServiceBus
	}
	return s.credential(identity)
}

// LoadSigner reads what operators' commands need, and the signer of evidence, nil where none
// is set. The error is an Error that names every setting that is wrong.
func LoadSigner(lookup Lookup) (Stores, ledger.Signer, error) {
	r := &reader{lookup: lookup}
	s := Settings{Stores: r.stores()}
	s.EvidenceKey, s.EvidenceKeyID = r.evidenceKey()
	if err := r.err(); err != nil {
		return Stores{}, nil, err
	}

	signer, err := s.Signer()
	return s.Stores, signer, err
}

// Signer returns the signer of manifests; nil leaves them unsigned.
func (s Settings) Signer() (ledger.Signer, error) {
	switch {
	case s.EvidenceKey != nil:
		return s.EvidenceKey, nil
	case s.EvidenceKeyID == "":
		return nil, nil
	}

	credential, err := s.UpstreamCredential()
	if err != nil {
		return nil, err
	}

	return keyvault.New(s.EvidenceKeyID, credential, &azkeys.ClientOptions{ClientOptions: azcore.ClientOptions{
		Telemetry: policy.TelemetryOptions{ApplicationID: version.ApplicationID()},
	}})
}
