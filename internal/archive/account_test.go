package archive_test

import (
	"testing"

	"azureml-dsr/internal/dsr"
)

func TestAHierarchicalNamespaceIsReported(t *testing.T) {
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

func TestAPolicyAndAHoldOnAContainerAreReported(t *testing.T) {
	for _, c := range []struct {
		policy, hold         string
		wantPolicy, wantHold bool
	}{
		{"true", "false", true, false},
		{"false", "true", false, true},
		{"false", "false", false, false},
	} {
		backend := dialed(t, answering(200, "x-ms-has-immutability-policy", c.policy, "x-ms-has-legal-hold", c.hold))
		policy, hold, err := backend.Protected(t.Context())
		if err != nil || policy != c.wantPolicy || hold != c.wantHold {
			t.Errorf("policy %s, hold %s: %t, %t, %v", c.policy, c.hold, policy, hold, err)
		}
	}
	if _, _, err := dialed(t, answering(403, "x-ms-error-code", "AuthorizationFailure")).Protected(t.Context()); dsr.StatusOf(err) != 403 {
		t.Errorf("refused: %v", err)
	}
}
