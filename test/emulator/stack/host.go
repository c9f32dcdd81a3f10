package stack

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"azureml-dsr/test/emulator/functionshost"
)

const (
	// startTimeout bounds each start of the host.
	startTimeout = 30 * time.Second
	// restartPause is between the end of a host and the next one.
	restartPause = time.Second
)

// Host is a Functions host with its handler, which is kept running. A host stops by
// itself when its handler has failed three times; the platform then starts a new
// one, and so do we.
type Host struct {
	options functionshost.Options
	log     *slog.Logger

	mu   sync.Mutex
	host *functionshost.Host // nil between two hosts

	end    context.CancelFunc
	done   chan struct{}
	result error // of the last host; set before done is closed
}

// startHost starts the host with that number and those settings, and watches over it
// until stop.
func startHost(ctx context.Context, number int, env []string, opts Options) (*Host, error) {
	h := &Host{
		options: functionshost.Options{
			AppDir:    opts.AppDir,
			Env:       env,
			Logger:    opts.Logger,
			Stdout:    opts.HandlerOutput,
			OnStart:   func(pid int) { opts.OnHandlerStart(number, pid) },
			DrainTime: opts.DrainTime,
			StateDir:  opts.TimerDir,
		},
		log:  opts.Logger,
		done: make(chan struct{}),
	}

	host, err := functionshost.Start(ctx, h.options)
	if err != nil {
		return nil, fmt.Errorf("starting the Functions host: %w", err)
	}

	h.options.HTTPAddr = strings.TrimPrefix(host.URL(), "http://") // the next one is served there too
	h.set(host)
	running, end := context.WithCancel(context.Background())
	h.end = end
	go h.watch(running)

	return h, nil
}

func (h *Host) set(host *functionshost.Host) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.host = host
}

// PID returns the handler's process id, 0 when none runs just now.
func (h *Host) PID() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.host == nil {
		return 0
	}
	return h.host.PID()
}

// URL returns where the app's HTTP triggers are served, such as http://127.0.0.1:7071; ""
// where it has none. It stays the same when the host is replaced.
func (h *Host) URL() string {
	if h.options.HTTPAddr == "" {
		return ""
	}
	return "http://" + h.options.HTTPAddr
}

// watch replaces each host that stops by itself until ctx ends.
func (h *Host) watch(ctx context.Context) {
	defer close(h.done)

	host := h.host
	for host != nil {
		stopped := context.AfterFunc(ctx, func() { _ = host.Stop() }) // asked again below
		err := host.Wait()
		stopped()
		h.set(nil)
		h.result = host.Stop()
		if ctx.Err() != nil {
			return
		}

		h.log.Error("the host stopped; starting another", "error", err)

		if host = h.next(ctx); host != nil {
			h.set(host)
		}
	}
}

// next starts hosts until one runs; nil when ctx has ended.
func (h *Host) next(ctx context.Context) *functionshost.Host {
	pause := time.NewTicker(restartPause)
	defer pause.Stop()

	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}

		bounded, cancel := context.WithTimeout(ctx, startTimeout)
		host, err := functionshost.Start(bounded, h.options)
		cancel()
		if err == nil {
			return host
		}

		h.log.Error("the host did not start", "error", err)
	}
}

// stop ends the host and waits until it is gone.
func (h *Host) stop() error {
	h.end()
	<-h.done
	return h.result
}
