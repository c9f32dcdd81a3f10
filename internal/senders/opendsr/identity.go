package opendsr

import (
	"fmt"
	"strings"

	"azureml-dsr/internal/dsr"
)

// identity is one way in which a controller names the person.
type identity struct {
	Type   string `json:"identity_type"`
	Value  string `json:"identity_value"`
	Format string `json:"identity_format"`
}

// Types of identity that can select something in Azure ML, in the one format that can.
const (
	typeEmail    = "email"
	typeCustomer = "controller_customer_id"
	formatRaw    = "raw"
)

// setSubject sets whom the request is about: by the identities, and by our extension. An
// identity of another type, such as an advertising id, selects nothing here; a hash never
// can.
func (n *native) setSubject(identities []identity, ext extension) (faults Faults) {
	subject := ext.subject()
	for i, id := range identities {
		at := fmt.Sprintf("subject_identities[%d]", i)
		if id.Type != typeEmail && id.Type != typeCustomer {
			continue
		}
		if id.Format != "" && !strings.EqualFold(id.Format, formatRaw) {
			faults = append(faults, fault(at, reasonUnsupported, "identity_format: want raw, for a hash selects nothing"))
			continue
		}

		if wrong := addIdentity(&subject, id); wrong != "" {
			faults = append(faults, fault(at, reasonInvalid, wrong))
		}
	}

	named := subject.ObjectID != "" || subject.PUID != "" || len(subject.Addresses()) > 0
	if !named && len(faults) == 0 {
		faults = append(faults, fault("subject_identities", reasonRequired,
			"want an e-mail address (email), or the object id of the directory (controller_customer_id), in the format raw"))
	}
	n.Subject = &subject

	return faults
}

// addIdentity adds an identity to a subject. wrong says why that can't be, "" for nothing.
func addIdentity(s *dsr.Subject, id identity) (wrong string) {
	value := strings.TrimSpace(id.Value)
	switch {
	case id.Type == typeCustomer && !ValidID(value):
		return "identity_value: want the person's object id in Microsoft Entra"
	case id.Type == typeCustomer && s.ObjectID != "" && !strings.EqualFold(s.ObjectID, value):
		return "identity_value: another object id is named, too"
	case id.Type == typeCustomer:
		s.ObjectID = strings.ToLower(value)
	case !strings.Contains(value, "@"):
		return "identity_value: want an e-mail address"
	case s.UserPrincipalName == "":
		s.UserPrincipalName = value
	case !strings.EqualFold(s.UserPrincipalName, value):
		s.Mail = append(s.Mail, value)
	}
	return ""
}
