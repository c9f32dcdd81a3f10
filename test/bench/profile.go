package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// profile runs one export with a handler that was built with the tag pprof, and
// keeps its profiles: where CPU time goes, and where allocations come from.
func (b *bench) profile(ctx context.Context, folder string) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}

	socket := filepath.Join(b.dir, "pprof.sock")
	account := accountOf(b.sizes.Runs, 1)
	h, err := b.startHarness(ctx, harnessOptions{Account: account, Hosts: 1, Env: []string{"DSR_PPROF=" + socket}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()

	client := socketClient(socket)
	defer client.CloseIdleConnections()

	// A profile must end while the handler runs, so it lasts as long as the first
	// export took.
	first, err := h.export(ctx, "profile-0", account, withFollowers)
	if err != nil {
		return err
	}

	profiled := make(chan error, 1)
	go func() {
		path := fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(first.took/time.Second)))
		profiled <- save(ctx, client, path, filepath.Join(folder, "cpu.pprof"))
	}()

	second, err := h.export(ctx, "profile-1", account, withFollowers)
	if err := errors.Join(err, <-profiled); err != nil {
		return err
	}

	b.log.Info("profiled", "documents/s", second.rate(), "CPU s per 1,000", perThousand(second.cpu, second.documents))

	return save(ctx, client, "/debug/pprof/allocs", filepath.Join(folder, "allocs.pprof"))
}

// socketClient speaks HTTP on a Unix socket, whatever the URL's host.
func socketClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}}
}

// save gets a profile into a file.
func save(ctx context.Context, client *http.Client, path, file string) (err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://handler"+path, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("getting a profile: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("getting a profile: %s", resp.Status)
	}
	to, err := os.Create(file)
	if err != nil {
		return err
	}

	_, err = io.Copy(to, resp.Body)
	return errors.Join(err, to.Close())
}
