package opendsr

// Versions of the protocol. The first is that of the alias for OpenGDPR.
const (
	versionOne = "1.0"
	versionTwo = "2.0"
)

// discoveryBody says what this processor understands.
type discoveryBody struct {
	APIVersion   string              `json:"api_version"`
	Identities   []supportedIdentity `json:"supported_identities"`
	RequestTypes []string            `json:"supported_subject_request_types"`
	Certificate  string              `json:"processor_certificate"`
}

type supportedIdentity struct {
	Type   string `json:"identity_type"`
	Format string `json:"identity_format"`
}

func discovery(version, certificate string) discoveryBody {
	return discoveryBody{
		APIVersion: version,
		Identities: []supportedIdentity{
			{Type: typeEmail, Format: formatRaw},
			{Type: typeCustomer, Format: formatRaw},
		},
		RequestTypes: []string{"access", "portability", "erasure"},
		Certificate:  certificate,
	}
}
