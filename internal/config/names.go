package config

import (
	"regexp"
	"strings"
)

var resourceName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// Namespace returns the name of the Service Bus namespace as a command may have it, or
// NAMESPACE where the settings show none.
func (s Stores) Namespace() string { return firstLabel(s.busHost(), "NAMESPACE") }

// StorageAccount returns the name of the storage account as a command may have it, or
// ACCOUNT where the settings show none.
func (s Stores) StorageAccount() string { return firstLabel(s.storageHost(), "ACCOUNT") }

// firstLabel returns the first label of a host that has a domain.
func firstLabel(host, unknown string) string {
	label, domain, _ := strings.Cut(host, ".")
	if domain == "" || isLoopback(host) || !resourceName.MatchString(label) || strings.Trim(label, "0123456789") == "" {
		return unknown
	}
	return label
}
