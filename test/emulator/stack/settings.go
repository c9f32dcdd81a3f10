package stack

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
)

// settings are the handler's, in the order in which they were made.
type settings struct {
	lookup func(string) (string, bool)
	names  []string
	values map[string]string
}

func newSettings(lookup func(string) (string, bool)) *settings {
	return &settings{lookup: lookup, values: map[string]string{}}
}

func (s *settings) set(name, value string) {
	if _, ok := s.values[name]; !ok {
		s.names = append(s.names, name)
	}
	s.values[name] = value
}

// named reports whether one of the names is set already, and takes over those
// that are, with the identity that belongs to them.
func (s *settings) named(names ...string) bool {
	found := false
	for _, name := range names {
		found = s.take(name) || found
	}
	if base, _, _ := strings.Cut(names[0], "__"); found {
		s.take(base + "__clientId")
		s.take(base + "__credential")
	}
	return found
}

func (s *settings) take(name string) bool {
	v, _ := s.lookup(name)
	if v == "" {
		return false
	}
	s.set(name, v)
	return true
}

func (s *settings) setUpstream(url string) {
	s.set("AZUREML_ARM_ENDPOINT", url)
	s.set("AZUREML_MODELMANAGEMENT_ENDPOINT", url)
	s.set("AZUREML_EXPERIMENTS_ENDPOINT", url)
	s.set("AZUREML_TOKEN", Token)
	// A message that was lost with the broker's memory is missed sooner here.
	s.set("LOST_AFTER", "2m")
}

// setGraph has subjects looked up in the fake directory.
func (s *settings) setGraph(url string) {
	s.set("GRAPH_ENDPOINT", url)
	s.set("DIRECTORY_LOOKUP", "on")
}

// setStorage: Azurite answers nobody else while it writes a page of a listing.
func (s *settings) setStorage(connectionString string) {
	s.set("ExportStorage", connectionString)
	s.set("LIST_PAGE_SIZE", "1000")
}

// setDefaults adds what the host resolves, and then what the caller wants.
func (s *settings) setDefaults(env []string) {
	s.set("FUNCTIONS_WORKER_RUNTIME", "custom")
	s.set("WATCH_SCHEDULE", "0 * * * * *")
	s.set("BULK_EXPORT_SCHEDULE", "0 0 2 * * *")
	s.set("AzureWebJobs.bulk_export.Disabled", "true")
	s.set("DSR_API_TOKEN", newToken())

	for _, name := range []string{
		"AzureWebJobsStorage", "EXPORT_CONTAINER", "AUDIT_CONTAINER", "INDEX_CONTAINER", "AZURE_CLOUD", "AZUREML_TOKEN", "DSR_ALLOWED_SCOPES", "DSR_SCOPES", "DSR_DEFAULT_SCOPE", "DIRECTORY_LOOKUP", "TRANSCEND_KEY",
		"WATCH_SCHEDULE", "BULK_EXPORT_SCHEDULE", "BULK_EXPORT_SCOPES", "AzureWebJobs.bulk_export.Disabled", "LOST_AFTER", "REDRIVE_DELAYS", "CHUNK_ITEMS", "EXPORT_RETENTION_DAYS", "DELIVERY_DAYS", "COPY_UNATTRIBUTED", "COPY_FILES", "EVIDENCE_KEY", "LIST_PAGE_SIZE",
		"DELETES_ENABLED", "REQUIRE_APPROVAL", "DSR_API_TOKEN",
		"CALLBACK_HOSTS", "CALLBACK_SECRETS", "SOURCE_POLICIES", "DSR_DOMAIN", "DSR_SIGNING_KEY", "DSR_SIGNING_CERTIFICATE",
	} {
		s.take(name)
	}

	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		s.set(name, value)
	}
}

// newToken returns a bearer token that nobody knows who was not told.
func newToken() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	return hex.EncodeToString(random)
}

func (s *settings) list() []string {
	var out []string
	for _, name := range slices.Sorted(slices.Values(s.names)) {
		out = append(out, name+"="+s.values[name])
	}
	return out
}
