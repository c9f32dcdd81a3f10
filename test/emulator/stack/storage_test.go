package stack

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"azureml-dsr/internal/archive"
)

func TestStorageKeepsItsAddressesAndItsBlobsOverARestart(t *testing.T) {
	var passed atomic.Int64
	s, err := Start(t.Context(), Options{
		Lookup:  named("ServiceBusConnection", "AZUREML_ARM_ENDPOINT"),
		DataDir: t.TempDir(),
		BeforeStorage: func(azurite http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				passed.Add(1)
				azurite.ServeHTTP(w, r)
			})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}()

	handlers, own := dial(t, s.Storage()), dial(t, s.DirectStorage())
	if err := handlers.EnsureContainer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := handlers.Put(t.Context(), "blob", []byte("bytes"), nil); err != nil {
		t.Fatal(err)
	}
	if passed.Load() == 0 {
		t.Error("the handlers' calls did not pass what stands before storage")
	}

	if err := s.RestartStorage(t.Context()); err != nil {
		t.Fatal(err)
	}

	before := passed.Load()
	read(t, own)
	if passed.Load() != before {
		t.Error("our own call passed what stands before storage")
	}
	read(t, handlers)
	if passed.Load() == before {
		t.Error("the handlers' calls did not pass what stands before storage after the restart")
	}
}

func dial(t *testing.T, connectionString string) *archive.Azure {
	t.Helper()
	transport := archive.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	a, err := archive.Dial(archive.DialOptions{
		ConnectionString: connectionString,
		Container:        "kept",
		Transport:        transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t *testing.T, a *archive.Azure) {
	t.Helper()
	body, _, err := archive.New(a, nil).Read(t.Context(), "blob", 100)
	if err != nil || string(body) != "bytes" {
		t.Errorf("read %q, %v", body, err)
	}
}

func TestStorageThatHandlersCallDirectlyIsNotRestarted(t *testing.T) {
	if err := new(Stack).RestartStorage(t.Context()); err == nil {
		t.Error("it was restarted out of the handlers' sight")
	}
}

// Whoever calls a storage that is down sees the same through the proxy: no answer.
func TestAProxyToNobodyDropsTheConnection(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	p := newMovableProxy()
	defer func() { _ = p.close() }()
	if err := p.leadTo(gone.URL + "/account"); err != nil {
		t.Fatal(err)
	}

	server := httptest.NewServer(p)
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	if err == nil {
		_ = resp.Body.Close()
		t.Errorf("it answered %s", resp.Status)
	}
	if err != nil && !strings.Contains(err.Error(), "EOF") {
		t.Errorf("it ended with %v, not with a dropped connection", err)
	}
}
