package config

import (
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus/admin"

	"azureml-dsr/internal/version"
)

// DialQueueProperties returns a client that reads the properties of the namespace's queues,
// as the platform does that scales the app. It sends nothing. transport nil means the
// library's own.
func (s Stores) DialQueueProperties(transport policy.Transporter) (*admin.Client, error) {
	options := &admin.ClientOptions{ClientOptions: azcore.ClientOptions{
		Telemetry: policy.TelemetryOptions{ApplicationID: version.ApplicationID()},
		Transport: transport,
	}}
	if s.ServiceBus.ConnectionString != "" {
		client, err := admin.NewClientFromConnectionString(s.ServiceBus.ConnectionString, options)
		if err != nil { // its text may quote the key
			return nil, errors.New("the connection string is not well formed")
		}
		return client, nil
	}

	credential, err := s.credential(s.ServiceBus)
	if err != nil {
		return nil, err
	}
	return admin.NewClient(s.ServiceBus.Address, credential, options)
}
