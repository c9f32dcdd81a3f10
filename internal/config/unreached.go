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

	where := "the storage is " + s.storageHost()
	if failed.Queue != "" {
		where = "the namespace is " + s.busHost()
	}
	return fmt.Errorf("%w; %s: `dsr doctor` checks what can be reached, and what is allowed", err, where)
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
