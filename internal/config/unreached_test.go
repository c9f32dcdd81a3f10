package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestWhatGaveNoAnswerIsNamed(t *testing.T) {
	const hint = ": `dsr doctor` checks what can be reached, and what is allowed"
	storage := dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "storage gave no answer, listing blobs")
	queue := dsr.Errorf(dsr.Transient, dsr.ReasonTransient, "sending to dsr-requests: the connection to Service Bus failed")
	queue.Queue = "dsr-requests"

	strings1 := Stores{
		ServiceBus: Connection{ConnectionString: "Endpoint=sb://bus.example/;SharedAccessKeyName=n;SharedAccessKey=secret"},
		Storage:    Connection{ConnectionString: "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=secret;EndpointSuffix=core.windows.net"},
	}
	endpoints := Stores{
		ServiceBus: Connection{Address: "bus.servicebus.windows.net"},
		Storage:    Connection{ConnectionString: "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;AccountName=n;AccountKey=secret"},
	}
	addresses := Stores{Storage: Connection{Address: "https://acct.blob.core.windows.net/"}}

	for name, tt := range map[string]struct {
		stores Stores
		err    error
		want   string // at the end
	}{
		"the storage of a connection string":   {strings1, fmt.Errorf("listing: %w", storage), "; the storage is acct.blob.core.windows.net" + hint},
		"the storage of an endpoint":           {endpoints, storage, "; the storage is 127.0.0.1:10000" + hint},
		"the storage of an address":            {addresses, storage, "; the storage is acct.blob.core.windows.net" + hint},
		"the namespace of a connection string": {strings1, queue, "; the namespace is bus.example" + hint},
		"the namespace of an address":          {endpoints, queue, "; the namespace is bus.servicebus.windows.net" + hint},
		"what is wrong for good":               {strings1, dsr.Errorf(dsr.Permanent, dsr.ReasonRefused, "too large"), "too large"},
		"any other":                            {strings1, errors.New("disk full"), "disk full"},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.stores.Unreached(tt.err)
			if !strings.HasSuffix(got.Error(), tt.want) || strings.Contains(got.Error(), "secret") || !errors.Is(got, tt.err) {
				t.Errorf("got %v, want …%s", got, tt.want)
			}
		})
	}

	if strings1.Unreached(nil) != nil {
		t.Error("no error became one")
	}
}
