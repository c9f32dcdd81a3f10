package stack

import (
	"net"
	"slices"
	"strings"
	"testing"
)

// TestAStartThatFailsLeavesNothingRunning: the leak check is TestMain's.
func TestAStartThatFailsLeavesNothingRunning(t *testing.T) {
	s, err := Start(t.Context(), Options{AppDir: t.TempDir(), AzuriteHome: t.TempDir()})
	if err == nil {
		t.Fatal("it started without Azurite")
	}
	if s != nil {
		t.Fatal("there is a stack that failed to start")
	}
}

func TestWhatWasStartedListensOnLoopbackUntilStopped(t *testing.T) {
	s, err := Start(t.Context(), Options{Lookup: named("ExportStorage")})
	if err != nil {
		t.Fatal(err)
	}

	upstream := strings.TrimPrefix(s.UpstreamURL, "http://")
	for _, address := range []string{s.BrokerAddr(), upstream} {
		if host, _, err := net.SplitHostPort(address); err != nil || host != "127.0.0.1" {
			t.Errorf("it listens on %q (%v)", address, err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{s.BrokerAddr(), upstream} {
		if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", address); err == nil {
			t.Errorf("%s still listens", address)
		}
	}
}

// named is a Lookup in which those settings are made already.
func named(names ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if !slices.Contains(names, name) {
			return "", false
		}
		return "made", true
	}
}
