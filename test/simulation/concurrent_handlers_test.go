package simulation_test

import (
	"context"
	"sync"
	"time"
)

// slots is how many messages of a queue the host delivers to a process at once:
// host.json's maxConcurrentCalls.
const slots = 16

// runConcurrently serves the simulation with several processes at once, each as the
// host does, until all is done or a time has passed.
func (sim *simulation) runConcurrently(processes int, most time.Duration, done func() bool) {
	sim.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	for range processes {
		p := sim.newProcess(&faultInjector{gate: func(name string) {
			if name != "read" {
				<-time.After(effectTime)
			}
		}})
		for _, name := range exportQueues {
			serving.Go(func() { sim.serve(ctx, p, name) })
		}
	}

	for deadline := time.Now().Add(most); !done() && time.Now().Before(deadline); {
		<-time.After(time.Second)
	}

	stop()
	serving.Wait()
}

const (
	// effectTime is how long a write or a send takes.
	effectTime = 5 * time.Millisecond
	// pollEvery is how often an empty queue is polled.
	pollEvery = 20 * time.Millisecond
)

// serve delivers the messages of a queue to a process, as many at once as it has slots.
func (sim *simulation) serve(ctx context.Context, p *process, name string) {
	free := make(chan struct{}, slots)
	var running sync.WaitGroup
	defer running.Wait()

	for ctx.Err() == nil {
		free <- struct{}{}
		d, ok := sim.queue(name).Receive()
		if !ok {
			<-free
			<-time.After(pollEvery)
			continue
		}

		running.Go(func() {
			defer func() { <-free }()
			sim.invoke(p, name, d)
		})
	}
}
