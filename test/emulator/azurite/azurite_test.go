package azurite_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"azureml-dsr/internal/archive"
	"azureml-dsr/test/emulator/azurite"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, opts azurite.Options) (*azurite.Process, *archive.Azure) {
	t.Helper()
	var output bytes.Buffer
	opts.Stderr = &output
	p, err := azurite.Start(t.Context(), opts)
	if err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}

	t.Cleanup(func() { _ = p.Stop() }) // checked where it matters
	client := archive.Transport()
	t.Cleanup(client.CloseIdleConnections)
	store, err := archive.Dial(archive.DialOptions{ConnectionString: p.ConnectionString(), Container: "c-one", Transport: client})
	if err != nil {
		t.Fatal(err)
	}

	return p, store
}

func TestAStoreOnDiskKeepsItsBlobsOverARestart(t *testing.T) {
	location := t.TempDir()
	p, store := start(t, azurite.Options{Location: location})
	if err := store.EnsureContainer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), "a/b", []byte("kept"), map[string]string{"sha256": "0"}); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatalf("a second Stop: %v", err)
	}

	_, store = start(t, azurite.Options{Location: location})
	body, info, err := archive.New(store, nil).Read(t.Context(), "a/b", 100)
	if err != nil || string(body) != "kept" || info.Metadata["sha256"] != "0" {
		t.Errorf("got %q, %v, %v", body, info, err)
	}
}

func TestAStoreListensOnLoopbackAndEndsWhenStopped(t *testing.T) {
	p, _ := start(t, azurite.Options{})
	url := "http://127.0.0.1:"
	_, rest, found := strings.Cut(p.ConnectionString(), "BlobEndpoint="+url)
	if !found {
		t.Fatalf("the connection string has no loopback endpoint")
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}

	resp, err := http.Get(url + strings.TrimSuffix(rest, ";"))
	if err == nil {
		_ = resp.Body.Close()
		t.Error("it still answers")
	}
}

func TestTheErrorOfAMissingAzuriteNamesItsInstallation(t *testing.T) {
	_, err := azurite.Start(t.Context(), azurite.Options{Home: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "make tools") {
		t.Errorf("got %v", err)
	}
	t.Chdir(t.TempDir())
	t.Setenv(azurite.HomeVariable, "")
	if _, err = azurite.FindHome(); err == nil || !strings.Contains(err.Error(), "make tools") {
		t.Errorf("got %v", err)
	}
}

func TestAStartThatIsCancelledLeavesNoProcess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := azurite.Start(ctx, azurite.Options{}); err == nil {
		t.Error("no error")
	}
}
