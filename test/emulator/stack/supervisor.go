package stack

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
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

// supervisor keeps a host running. A host stops by itself when its handler has
// failed three times; the platform then starts a new one, and so do we.
type supervisor struct {
	options functionshost.Options
	log     *slog.Logger

	mu   sync.Mutex
	host *functionshost.Host // nil between two hosts

	end    context.CancelFunc
	done   chan struct{}
	result error // of the last host; set before done is closed
}

// supervise starts a host and watches over it until stop.
func supervise(ctx context.Context, opts Options, env []string) (*supervisor, error) {
	s := &supervisor{
		options: functionshost.Options{
			AppDir:    opts.AppDir,
			Env:       env,
			Logger:    opts.Logger,
			Stdout:    opts.HandlerOutput,
			OnStart:   opts.OnHandlerStart,
			DrainTime: opts.DrainTime,
			StateDir:  timers(opts.DataDir),
		},
		log:  opts.Logger,
		done: make(chan struct{}),
	}

	host, err := functionshost.Start(ctx, s.options)
	if err != nil {
		return nil, fmt.Errorf("starting the Functions host: %w", err)
	}

	s.set(host)
	running, end := context.WithCancel(context.Background())
	s.end = end
	go s.watch(running)

	return s, nil
}

func (s *supervisor) set(host *functionshost.Host) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.host = host
}

func (s *supervisor) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		return 0
	}
	return s.host.PID()
}

// watch replaces each host that stops by itself until ctx ends.
func (s *supervisor) watch(ctx context.Context) {
	defer close(s.done)

	host := s.host
	for host != nil {
		stopped := context.AfterFunc(ctx, func() { _ = host.Stop() }) // asked again below
		err := host.Wait()
		stopped()
		s.set(nil)
		s.result = host.Stop()
		if ctx.Err() != nil {
			return
		}

		s.log.Error("the host stopped; starting another", "error", err)

		if host = s.next(ctx); host != nil {
			s.set(host)
		}
	}
}

// next starts hosts until one runs; nil when ctx has ended.
func (s *supervisor) next(ctx context.Context) *functionshost.Host {
	pause := time.NewTicker(restartPause)
	defer pause.Stop()

	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}

		bounded, cancel := context.WithTimeout(ctx, startTimeout)
		host, err := functionshost.Start(bounded, s.options)
		cancel()
		if err == nil {
			return host
		}

		s.log.Error("the host did not start", "error", err)
	}
}

// stop ends the host and waits until it is gone.
func (s *supervisor) stop() error {
	s.end()
	<-s.done
	return s.result
}

// timers is where the host keeps what its timers have done; a stack that keeps
// no blobs keeps none of that either.
func timers(dataDir string) string {
	if dataDir == "" {
		return ""
	}
	return filepath.Join(dataDir, "timers")
}
