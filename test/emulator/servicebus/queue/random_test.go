package queue_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"azureml-dsr/test/emulator/servicebus/queue"
)

// TestNothingIsLostUnderRandomUse plays random calls and asks after each that
// every message sent is in exactly one place.
func TestNothingIsLostUnderRandomUse(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			opts := queue.Options{MaxDeliveryCount: 3, TTL: 5 * time.Minute, DeadLetterExpired: true}
			inBubble(t, opts, func(f *fixture) {
				g := &gambler{fixture: f, rand: rand.New(rand.NewPCG(seed, 1))}
				for range 600 {
					g.play()
					g.audit()
				}
			})
		})
	}
}

type gambler struct {
	*fixture
	rand       *rand.Rand
	sent, done int
	tokens     []queue.Token
}

func (g *gambler) play() {
	switch n := g.rand.IntN(100); {
	case n < 35:
		m := queue.Message{ID: "m", TTL: time.Duration(g.rand.IntN(600)) * time.Second}
		if g.rand.IntN(3) == 0 {
			m.ScheduledFor = time.Now().Add(time.Duration(g.rand.IntN(200)) * time.Second)
		}
		if _, err := g.Send(m); err != nil {
			g.t.Fatal(err)
		}
		g.sent++

	case n < 60:
		if d, ok := g.Receive(); ok {
			g.tokens = append(g.tokens, d.Token)
		}

	case n < 85:
		g.settleOne()
	case n < 90:
		for _, d := range g.Peek(int64(g.rand.IntN(g.sent+1)), 1) {
			switch d.State {
			case queue.Deferred:
				if got, err := g.ReceiveDeferred(d.Sequence); err == nil { // it may have outlived its time
					g.tokens = append(g.tokens, got[0].Token)
				}

			case queue.Scheduled:
				if err := g.Cancel(d.Sequence); err != nil {
					g.t.Fatal(err)
				}
				g.done++
			}
		}

	default:
		g.pass(time.Duration(g.rand.IntN(20)) * time.Second)
	}
}

func (g *gambler) settleOne() {
	if len(g.tokens) == 0 {
		return
	}
	i := g.rand.IntN(len(g.tokens))
	token := g.tokens[i]
	g.tokens[i] = g.tokens[len(g.tokens)-1]
	g.tokens = g.tokens[:len(g.tokens)-1]
	outcome := queue.Outcome(g.rand.IntN(5))
	if err := g.Settle(outcome, nil, token); err == nil && outcome == queue.Complete {
		g.done++
	}
}

func (g *gambler) audit() {
	g.t.Helper()
	c := g.Counts()
	all, dead := g.Peek(0, 1<<30), g.DeadLetter().Peek(0, 1<<30)
	if c.Active+c.Locked+c.Scheduled+c.Deferred != len(all) || c.DeadLetter != len(dead) {
		g.t.Fatalf("counts %+v, but %d and %d messages", c, len(all), len(dead))
	}
	if len(all)+len(dead)+g.done != g.sent {
		g.t.Fatalf("sent %d, done %d, but %d and %d are there", g.sent, g.done, len(all), len(dead))
	}

	for _, list := range [][]queue.Delivery{all, dead} {
		for i := 1; i < len(list); i++ {
			if list[i-1].Sequence >= list[i].Sequence {
				g.t.Fatalf("number %d stands before %d", list[i-1].Sequence, list[i].Sequence)
			}
		}
	}
}
