package functionshost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	probeInterval = 25 * time.Millisecond
	exitRestart   = 200 // the handler asks to be started again
	readyFactor   = 4   // an invocation waits that many initialization timeouts
)

// worker keeps the handler process running and sends it invocations.
type worker struct {
	app     *App
	env     []string
	port    int
	out     io.Writer
	onStart func(pid int)
	log     *slog.Logger
	client  *http.Client

	mu      sync.Mutex
	current *child        // nil between two processes
	changed chan struct{} // closed and replaced when current or its readiness changes
	failure error         // why no handler will ever be ready again
	failed  chan struct{} // closed when failure is set
}

// child is one handler process.
type child struct {
	pid   int
	ready bool            // guarded by the worker's mutex
	alive context.Context // ends with the process
	kill  context.CancelFunc
	// condemned is set before the host itself kills the process: such an end
	// isn't counted as the handler's error.
	condemned bool // guarded by the worker's mutex
}

func newWorker(app *App, opts Options) (*worker, error) {
	port := app.Port
	if port == 0 {
		var err error
		if port, err = freePort(); err != nil {
			return nil, fmt.Errorf("finding a port for the handler: %w", err)
		}
	}

	w := &worker{
		app:     app,
		port:    port,
		out:     opts.Stdout,
		onStart: opts.OnStart,
		log:     opts.Logger,
		client:  handlerClient(app.Forward),
		changed: make(chan struct{}),
		failed:  make(chan struct{}),
	}

	w.env = append(append(os.Environ(), opts.Env...), handlerEnv(app.Dir, port)...)

	return w, nil
}

// handlerClient follows a handler's redirections, unless requests are forwarded:
// the caller then gets them. It takes answers as they are, compressed or not.
func handlerClient(forward bool) *http.Client {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 2 * time.Minute, DisableCompression: true}}
	if forward {
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return c
}

func handlerEnv(dir string, port int) []string {
	p, id := strconv.Itoa(port), uuid.NewString()
	return []string{
		"FUNCTIONS_CUSTOMHANDLER_PORT=" + p, "FUNCTIONS_HTTPWORKER_PORT=" + p,
		"FUNCTIONS_CUSTOMHANDLER_WORKER_ID=" + id, "FUNCTIONS_HTTPWORKER_ID=" + id,
		"FUNCTIONS_APP_ROOT_PATH=" + dir,
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// run starts the handler again and again, until ctx ends or the handler has
// failed too often; w.failure then says which.
func (w *worker) run(ctx context.Context) {
	var budget errorBudget
	for {
		err := w.runOnce(ctx)
		if ctx.Err() != nil {
			w.fail(errStopping)
			return
		}
		if err == nil {
			continue
		}

		w.log.Error("the handler failed", "error", err)
		if budget.spend(time.Now()) {
			w.fail(fmt.Errorf("the handler failed %d times, each within %s of the one before; the last: %w", errorsAllowed, errorsInterval, err))
			return
		}
	}
}

// runOnce runs one process to its end. Its error counts against the handler; nil
// doesn't.
func (w *worker) runOnce(ctx context.Context) error {
	// Linux ties the signal on a parent's death to the thread that forked.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	alive, kill := context.WithCancel(ctx)
	defer kill()

	cmd := exec.CommandContext(alive, w.app.Executable, w.app.Arguments...) // #nosec: the app is the user's own
	cmd.Dir, cmd.Env, cmd.SysProcAttr = w.app.WorkingDir, w.env, dieWithParent()
	output, err := startCopied(cmd, w.out)
	if err != nil {
		return fmt.Errorf("starting the handler: %w", err)
	}

	c := &child{pid: cmd.Process.Pid, alive: alive, kill: kill}
	w.update(func() { w.current = c })

	if w.onStart != nil {
		w.onStart(c.pid)
	}

	probed := make(chan error, 1)
	go func() { probed <- w.probe(c) }()
	_ = cmd.Wait() // ProcessState says more
	kill()
	w.update(func() { w.current = nil })
	w.client.CloseIdleConnections()
	output.finish()

	return w.verdict(c, cmd.ProcessState, <-probed)
}

// startCopied starts a process whose stdout and stderr go to out.
func startCopied(cmd *exec.Cmd, out io.Writer) (*childOutput, error) {
	output, err := newChildOutput(out)
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = output.write, output.write
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, output.discard())
	}
	output.start()
	return output, nil
}

// verdict reports whether the end of a process counts as an error. A handler that
// leaves with 0 or 200 is started again and not counted: 0 since
// azure-functions-host#11576 of January 2026; before, the host then did nothing.
func (w *worker) verdict(c *child, state *os.ProcessState, probe error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case c.condemned:
		return nil
	case probe != nil:
		return probe
	case state.ExitCode() == 0 || state.ExitCode() == exitRestart:
		return nil
	}
	return fmt.Errorf("the handler ended: %s", state)
}

// probe asks until the handler answers anything at all, and kills it when it
// doesn't in time. It ends with the process.
func (w *worker) probe(c *child) error {
	limit := time.NewTimer(w.app.InitializationTimeout)
	defer limit.Stop()

	tick := time.NewTicker(probeInterval)
	defer tick.Stop()

	for {
		if w.answers(c.alive) {
			w.update(func() { c.ready = true })
			return nil
		}

		select {
		case <-tick.C:
		case <-limit.C:
			c.kill()
			return fmt.Errorf("the handler did not answer on port %d within %s", w.port, w.app.InitializationTimeout)
		case <-c.alive.Done():
			return nil
		}
	}
}

func (w *worker) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, w.app.InitializationTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url("/"), nil)
	if err != nil {
		return false
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return true
}

func (w *worker) url(path string) string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(w.port)) + path
}

// update changes the shared state and wakes those who wait for it.
func (w *worker) update(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
	close(w.changed)
	w.changed = make(chan struct{})
}

// fail makes every wait for a handler end with err; the first one stays.
func (w *worker) fail(err error) {
	w.update(func() {
		if w.failure == nil {
			w.failure = err
			close(w.failed)
		}
	})
}

// condemn kills a process for a reason that isn't the handler's error.
func (w *worker) condemn(c *child) {
	w.update(func() { c.condemned, c.ready = true, false })
	c.kill()
}

func (w *worker) pid() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.current == nil {
		return 0
	}
	return w.current.pid
}

var errStopping = errors.New("the host is stopping")

// awaitReady waits for a handler that answers.
func (w *worker) awaitReady(ctx context.Context) (*child, error) {
	patience := readyFactor * w.app.InitializationTimeout
	limit := time.NewTimer(patience)
	defer limit.Stop()

	for {
		w.mu.Lock()
		c, changed, failure := w.current, w.changed, w.failure
		ready := c != nil && c.ready
		w.mu.Unlock()

		switch {
		case failure != nil:
			return nil, failure
		case ready:
			return c, nil
		}

		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-limit.C:
			err := fmt.Errorf("no handler was ready within %s", patience)
			w.fail(err)
			return nil, err
		}
	}
}
