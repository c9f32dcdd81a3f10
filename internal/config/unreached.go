package config

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"azureml-dsr/internal/dsr"
)

// Unreached returns an error of the storage or of Service Bus with the address that was
// asked and what to do. It returns any other error as it is.
func (s Stores) Unreached(err error) error {
	failed, ok := errors.AsType[*dsr.Error](err)
	if !ok || failed.Class == dsr.Permanent {
		return err
	}

	what, host := "storage", s.storageHost()
	setting := s.Storage.setting(StorageSetting, "blobServiceUri")
	if failed.Queue != "" {
		what, host = "namespace", s.busHost()
		setting = s.ServiceBus.setting(ServiceBusSetting, "fullyQualifiedNamespace")
	}

	where := "the " + what + " is " + host
	if u, ok := errors.AsType[*unreached](err); ok {
		return &explainedError{err, fmt.Sprintf("%s: %s: check %s, and whether a firewall or private endpoint keeps this machine out; `dsr doctor` looks further", where, u.why, setting)}
	}

	return fmt.Errorf("%w; %s: `dsr doctor` checks what can be reached, and what is allowed", err, where)
}

// explainedError is an error with a text of its own: that of its cause says less.
type explainedError struct {
	cause error
	text  string
}

// Error returns the text.
func (e *explainedError) Error() string { return e.text }

// Unwrap returns the cause.
func (e *explainedError) Unwrap() error { return e.cause }

// setting names the setting that says where a service is.
func (c Connection) setting(name, address string) string {
	if c.ConnectionString != "" {
		return name
	}
	return name + "__" + address
}

// busHost returns the host of Service Bus.
func (s Stores) busHost() string {
	if s.ServiceBus.ConnectionString == "" {
		return s.ServiceBus.Address
	}
	return strings.Trim(strings.TrimPrefix(inString(s.ServiceBus.ConnectionString, "Endpoint"), "sb://"), "/")
}

// storageHost returns the host of the blob service.
func (s Stores) storageHost() string {
	address := s.Storage.Address
	if text := s.Storage.ConnectionString; text != "" {
		address = inString(text, "BlobEndpoint")
		if address == "" {
			return inString(text, "AccountName") + ".blob." + inString(text, "EndpointSuffix")
		}
	}

	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host
}
