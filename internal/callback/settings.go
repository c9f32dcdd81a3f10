package callback

import (
	"fmt"
	"net/http"

	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/opendsr"
	"azureml-dsr/internal/webhook"
)

// Settings are who may be told of changes, and how. The zero value is nobody.
type Settings struct {
	Hosts Hosts
	// Secrets are those of receivers of CloudEvents, by host or host and port.
	Secrets map[string]webhook.Secrets
	// Domain is where results are; "" leaves that out.
	Domain string
	// Signer signs for OpenDSR; nil: nothing is sent in that format.
	Signer *opendsr.Signer
	// Client calls receivers. Default: NewClient's.
	Client *http.Client
}

// Check returns what is wrong with the callbacks of a request, nil for nothing. The error is
// of class Permanent and names the field and the remedy, never the URL.
func (s Settings) Check(request dsr.Request) error {
	for i, c := range request.Callbacks {
		at := fmt.Sprintf("/callbacks/%d/", i)
		if _, err := s.Hosts.check(c.URL); err != nil {
			return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest, "%surl: %s", at, err)
		}
		if c.Format == dsr.FormatOpenDSR && s.Signer == nil {
			return dsr.Errorf(dsr.Permanent, dsr.ReasonInvalidRequest,
				"%sformat: nothing can be signed for OpenDSR here; use %s, or have the operator set DSR_DOMAIN, DSR_SIGNING_KEY and DSR_SIGNING_CERTIFICATE", at, dsr.FormatCloudEvents)
		}
	}
	return nil
}
