package archive_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/internal/archive/archivetest"
	"azureml-dsr/internal/archive/memory"
	"azureml-dsr/test/emulator/azurite"

	"go.uber.org/goleak"
)

// store is the Azurite that this package's tests share. It starts when a test first needs
// it.
type store struct {
	once    sync.Once
	process *azurite.Process
	client  *http.Client
	err     error
	output  bytes.Buffer
}

var sharedAzurite = &store{client: archive.Transport()}

func (s *store) connect(t *testing.T) string {
	t.Helper()
	s.once.Do(func() {
		s.process, s.err = azurite.Start(context.Background(), azurite.Options{Stderr: &s.output})
	})
	if s.err != nil {
		t.Fatalf("these tests need the real Azurite (`make tools` installs it): %v\n%s", s.err, s.output.String())
	}
	return s.process.ConnectionString()
}

func (s *store) stop() error {
	s.client.CloseIdleConnections()
	if s.process == nil {
		return nil
	}
	return s.process.Stop()
}

func TestMain(m *testing.M) {
	code := m.Run()

	if err := sharedAzurite.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// NewContainer implements archivetest.Harness.
func (s *store) NewContainer(t *testing.T) archive.Backend {
	t.Helper()
	b, err := archive.Dial(archive.DialOptions{
		ConnectionString: s.connect(t),
		Container:        "c" + strings.ToLower(rand.Text()),
		Transport:        s.client,
		PageSize:         archivetest.PageSize,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.EnsureContainer(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

type inMemory struct{}

// NewContainer implements archivetest.Harness.
func (inMemory) NewContainer(*testing.T) archive.Backend { return memory.New() }

func TestTheBackendInMemoryKeepsTheContract(t *testing.T) { archivetest.Run(t, inMemory{}) }

func TestTheBackendOnAzuriteKeepsTheContract(t *testing.T) { archivetest.Run(t, sharedAzurite) }
