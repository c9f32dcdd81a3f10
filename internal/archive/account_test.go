package archive_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestAHierarchicalNamespaceIsToldFromAFlatOne(t *testing.T) {
	for header, want := range map[string]bool{"true": true, "false": false, "": false} {
		headers := []string{"x-ms-is-hns-enabled", header}
		if header == "" {
			headers = nil
		}
		if got, err := dialed(t, answering(200, headers...)).Hierarchical(t.Context()); err != nil || got != want {
			t.Errorf("%q: %t, %v", header, got, err)
		}
	}
	_, err := dialed(t, answering(403, "x-ms-error-code", "AuthorizationFailure")).Hierarchical(t.Context())
	if dsr.StatusOf(err) != 403 {
		t.Errorf("refused: %v", err)
	}
}
