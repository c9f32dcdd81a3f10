package simulation_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"azureml-dsr/internal/bus"
	"azureml-dsr/internal/customhandler"
	"azureml-dsr/internal/dsr"
	"azureml-dsr/test/emulator/servicebus/queue"
)

const (
	// lookEvery is how often the scale controller looks at a queue.
	lookEvery = 10 * time.Second
	// idleSamples is how many looks in a row must find nothing before the last instance goes.
	idleSamples = 12
	// peekSamples is how many looks the controller needs for a decision where it only peeks.
	peekSamples = 5
	// peekedAtMost is how many messages it peeks where the first one is not active.
	peekedAtMost = 10
	// coldStart is how long an instance takes to come.
	coldStart = 5 * time.Second
)

// scaler starts and ends the instances of each function as the plan Flex Consumption does,
// from what the Service Bus extension tells it: ServiceBusMetricsProvider.cs,
// ServiceBusTargetScaler.cs and ServiceBusScaleMonitor.cs of azure-sdk-for-net. How long the
// platform itself takes is not published: the times above are assumed.
type scaler struct {
	sim *simulation
	// counts tells whether the worker's identity may read the queues' properties. Else the
	// controller peeks.
	counts bool
	// most is how many instances a function may have.
	most int
	// unwoken are the queues whose function the controller never starts.
	unwoken []string

	functions []*scaled
	running   sync.WaitGroup
	ran       time.Duration // of the last run
}

// scaled is a function with its instances.
type scaled struct {
	queue   string
	samples []int
	stops   []context.CancelFunc // of its instances
	// starts counts the instances, and sleeps how often the last one went.
	starts, sleeps int
	widest         int
}

func newScaler(sim *simulation, counts bool) *scaler {
	s := &scaler{sim: sim, counts: counts, most: 40}
	for _, name := range exportQueues {
		s.functions = append(s.functions, &scaled{queue: name})
	}
	return s
}

// of returns the function of a queue.
func (s *scaler) of(queue string) *scaled {
	i := slices.IndexFunc(s.functions, func(f *scaled) bool { return f.queue == queue })
	return s.functions[i]
}

// run scales the app until done or until most has passed, and reports whether it is done.
func (s *scaler) run(most time.Duration, done func() bool) bool {
	defer s.stop()
	begun := time.Now()
	defer func() { s.ran = time.Since(begun) }()

	for end := begun.Add(most); time.Now().Before(end); <-time.After(lookEvery) {
		if done() {
			return true
		}
		for _, f := range s.functions {
			s.scale(f)
		}
		s.watch()
	}
	return done()
}

// stop ends all instances and waits for what they are doing.
func (s *scaler) stop() {
	for _, f := range s.functions {
		s.resize(f, 0)
	}
	s.running.Wait()
}

// scale looks at a function's queue once and gives the function the instances that it is due.
func (s *scaler) scale(f *scaled) {
	if slices.Contains(s.unwoken, f.queue) {
		return
	}

	f.samples = append(f.samples, s.look(f.queue))
	f.samples = f.samples[max(0, len(f.samples)-idleSamples):]
	last := f.samples[len(f.samples)-1]
	idle := len(f.samples) == idleSamples && slices.Max(f.samples) == 0

	switch {
	case idle:
		s.resize(f, 0)
	case s.counts && last > 0:
		s.resize(f, min(s.most, max(len(f.stops), (last+slots-1)/slots)))
	case !s.counts && len(f.samples) >= peekSamples && last > 0 && len(f.stops) == 0:
		// Peeking tells that there is work, and never how much.
		s.resize(f, 1)
	}
}

// look returns how many messages the controller takes a queue to hold.
func (s *scaler) look(name string) int {
	if !s.counts {
		return peekForWork(s.sim.queue(name))
	}

	main, dead := strings.CutSuffix(name, bus.DeadLetter(""))
	c := s.sim.queues[main].Counts()
	if dead {
		return c.DeadLetter
	}
	return c.Active + c.Locked
}

// peekForWork returns 1 where the controller sees that something is to be done: the first
// message is active, or one of the ten from the first one on.
func peekForWork(q *queue.Queue) int {
	for _, d := range q.Peek(0, peekedAtMost) {
		if d.State == queue.Active || d.State == queue.Locked {
			return 1
		}
	}
	return 0
}

// resize starts or ends instances until a function has n.
func (s *scaler) resize(f *scaled, n int) {
	if n == 0 && len(f.stops) > 0 {
		f.sleeps++
	}
	for ; len(f.stops) > n; f.stops = f.stops[1:] {
		f.stops[0]()
	}
	for len(f.stops) < n {
		ctx, stop := context.WithCancel(context.Background())
		f.stops = append(f.stops, stop)
		f.starts++
		s.running.Go(func() {
			<-time.After(coldStart)
			s.sim.serve(ctx, s.process(), f.queue)
		})
	}
	f.widest = max(f.widest, n)
}

// process is the handler of a new instance.
func (s *scaler) process() *process {
	return s.sim.newProcess(&faultInjector{gate: func(name string) {
		if name != "read" {
			<-time.After(effectTime)
		}
	}})
}

// watch runs dsr_watch when it is due. A timer has an instance of its own, and wakes no
// other function.
func (s *scaler) watch() {
	if time.Since(s.sim.lastSeen) < watchEvery {
		return
	}
	s.sim.lastSeen = time.Now()
	if err := s.process().DSRWatch(context.Background(), customhandler.Timer{}); err != nil && !dsr.OfQueue(err) {
		s.sim.t.Errorf("watching: %v", err)
	}
}
