package stack

import (
	"net"
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
	s := &Stack{}
	opts := Options{}
	opts.setDefaults()
	if err := s.startUpstream(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	if err := s.startBroker(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	host, _, err := net.SplitHostPort(s.BrokerAddr())
	if err != nil || host != "127.0.0.1" {
		t.Fatalf("the broker listens on %q (%v)", host, err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.BrokerAddr()); err == nil {
		t.Fatal("the broker still listens")
	}
}
