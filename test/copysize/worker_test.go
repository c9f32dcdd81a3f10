package copysize

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"azureml-dsr/internal/config"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/internal/operator"
	"azureml-dsr/test/appstack"
	"azureml-dsr/test/emulator/servicebus"
	"azureml-dsr/test/emulator/stack"
	"azureml-dsr/test/procfs"
)

// lookEvery is how often a queue is looked at: nobody tells when a message has moved.
const lookEvery = 100 * time.Millisecond

// lock is how long a delivery stays locked that nobody can settle, because its host ended with
// the process: less than in Azure, so that a test need not wait.
const lock = 3 * time.Second

// worker is the real handler under a stand-in Functions host, which starts it again when it
// ends, with the real broker and Azurite.
type worker struct {
	t           testing.TB
	stack       *stack.Stack
	connections *config.Connections // past what stands before storage
	operator    *operator.Operator
	progress    *progress
	started     chan int // process ids
	pid         int      // of the process that runs
	peaks       []int64  // memory of each process that was killed, in bytes
	resubmitted int      // dead letters
	log         *os.File
}

// newWorker starts the stand-ins, and no handler yet.
func newWorker(t testing.TB) *worker {
	t.Helper()
	w := &worker{t: t, progress: newProgress(), started: make(chan int, 1_000)}
	var err error
	if w.log, err = os.Create(filepath.Join(t.TempDir(), "handler.log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.showLog)

	w.stack, err = appstack.Start(t.Context(), binary, stack.Options{
		AppDir: filepath.Join(t.TempDir(), "app"),
		// What the smallest plans leave the handler, however much this machine has.
		Env:           []string{"GOMEMLIMIT=42MiB"},
		Queues:        servicebus.Config{Queues: []servicebus.QueueConfig{w.copies()}},
		BeforeStorage: w.progress.before,
		HandlerOutput: w.log,
		OnHandlerStart: func(_, pid int) {
			w.progress.goOn()
			w.started <- pid
		},
	})
	w.must(err)
	t.Cleanup(func() { w.check(w.stack.Stop()) })

	w.connections, err = appstack.Connect(w.stack)
	w.must(err)
	t.Cleanup(func() { w.check(w.connections.Close()) })
	w.must(w.connections.EnsureContainers(t.Context()))
	w.operator = operator.New(w.connections, operator.Options{})

	return w
}

// copies returns the app's queue of copies with a shorter lock.
func (w *worker) copies() servicebus.QueueConfig {
	w.t.Helper()
	queues, err := appstack.Queues()
	w.must(err)
	i := slices.IndexFunc(queues, func(q servicebus.QueueConfig) bool { return q.Name == dsr.QueueCopies })
	queues[i].LockDuration = lock
	return queues[i]
}

func (w *worker) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *worker) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
	}
}

// showLog shows the end of what the handlers have written, if the test has failed.
func (w *worker) showLog() {
	defer w.log.Close()
	if !w.t.Failed() {
		return
	}
	const most = 40_000
	text, err := os.ReadFile(w.log.Name())
	w.check(err)
	w.t.Logf("%s", text[max(0, len(text)-most):])
}

// start starts the handler.
func (w *worker) start() {
	w.t.Helper()
	_, err := w.stack.AddHost(w.t.Context())
	w.must(err)
	w.pid = <-w.started
}

// peak returns the most memory that the running process had, in bytes.
func (w *worker) peak() int64 {
	w.t.Helper()
	n, err := procfs.PeakMemory(w.pid)
	w.must(err)
	return n
}

// kill kills the process, and waits for the next one.
func (w *worker) kill(late <-chan time.Time) {
	w.t.Helper()
	w.peaks = append(w.peaks, w.peak())
	w.must(syscall.Kill(w.pid, syscall.SIGKILL))
	select {
	case w.pid = <-w.started:
	case <-late:
		w.t.Fatal("the handler was not started again")
	}
}

// copied is a copy that the worker has made.
type copied struct {
	operator.Copy
	took  time.Duration
	sum   string // of what is stored
	parts int    // that were read for it
	steps int    // that were recorded
}

// make orders a copy and waits until the worker has made it. It kills the worker when so many
// parts are read.
func (w *worker) make(kills []int) copied {
	w.t.Helper()
	w.progress.begin()
	began := time.Now()
	_, err := w.operator.OrderCopy(w.t.Context(), operator.CopyOrder{ID: attempt.RequestID, By: "desk"})
	w.must(err)

	late := time.After(2*time.Minute + time.Duration(*documents)*3*time.Millisecond)
	for _, parts := range kills {
		w.progress.await(parts)
		if !w.await(w.progress.reached, late) {
			w.t.Fatalf("the copy was made before %d parts were read", parts)
		}
		w.kill(late)
	}
	w.await(w.progress.made, late)
	out := copied{took: time.Since(began)}

	w.awaitIdle(late)
	out.Copy, err = w.operator.Copy(w.t.Context(), attempt.RequestID)
	w.must(err)
	out.sum = w.stored()
	out.parts, out.steps = w.progress.counts()
	return out
}

// await waits until it is told. false means that the copy is made, which was not waited for.
// Meanwhile it sends again what is dead because its deliveries are spent.
func (w *worker) await(told <-chan struct{}, late <-chan time.Time) bool {
	w.t.Helper()
	look := time.NewTicker(lookEvery)
	defer look.Stop()

	made := w.progress.made
	if told == made {
		made = nil
	}
	for {
		select {
		case <-told:
			return true
		case <-made:
			return false
		case <-late:
			w.t.Fatal("the copy was not made in time")
		case <-look.C:
			w.resubmit()
		}
	}
}

// resubmit sends again an order whose deliveries are spent, as docs/dead-letters.md asks of an
// operator. Each kill spends one.
func (w *worker) resubmit() {
	w.t.Helper()
	if w.stack.Broker.Counts(dsr.QueueCopies).DeadLetter == 0 {
		return
	}
	for d, err := range w.connections.Bus.Dead(w.t.Context(), dsr.QueueCopies) {
		w.must(err)
		if d.Reason != "MaxDeliveryCountExceeded" {
			w.t.Fatalf("an order is dead for another reason: %s, %s", d.Reason, d.Description)
		}
		_, err := w.connections.Bus.Resubmit(w.t.Context(), dsr.QueueCopies, []int64{d.SequenceNumber})
		w.must(err)
		w.resubmitted++
	}
}

// awaitIdle waits until no message of a copy is left.
func (w *worker) awaitIdle(late <-chan time.Time) {
	w.t.Helper()
	look := time.NewTicker(lookEvery)
	defer look.Stop()

	for {
		c := w.stack.Broker.Counts(dsr.QueueCopies)
		if c.Active+c.Locked+c.Scheduled+c.DeadLetter == 0 {
			return
		}
		select {
		case <-late:
			w.t.Fatalf("the order is not settled: %+v", c)
		case <-look.C:
		}
	}
}

// revoke ends the copy.
func (w *worker) revoke() {
	w.t.Helper()
	c, err := w.operator.RevokeCopy(w.t.Context(), operator.RevokeOrder{ID: attempt.RequestID, By: "desk"})
	w.must(err)
	if c.State != operator.CopyRevoked {
		w.t.Fatalf("the copy is %s", c.State)
	}
}

// stored returns the hash of the copy that is stored.
func (w *worker) stored() string {
	w.t.Helper()
	body, _, err := w.connections.Exports.Backend().Open(w.t.Context(), dsr.CopyBlob(attempt.RequestID), 0)
	w.must(err)
	defer body.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, body)
	w.must(err)
	return hex.EncodeToString(hash.Sum(nil))
}

// beside lists what is stored below the copy's prefix beside the evidence.
func (w *worker) beside(ctx context.Context) (names []string) {
	w.t.Helper()
	for info, err := range w.connections.Exports.Backend().List(ctx, dsr.CopyPrefix(attempt.RequestID), "") {
		w.must(err)
		names = append(names, info.Name)
	}
	return names
}
