package main

import "time"

// sizes are how much is measured.
type sizes struct {
	// Runs are those of the throughput's account, each with one artifact.
	Runs int
	// Rounds is how often worker and loop take turns.
	Rounds int
	// Latencies are the fake's, before each answer.
	Latencies []time.Duration
	// Handlers are the numbers of handler processes, rising, beyond one.
	Handlers []int
	// Followed and Alone are the accounts' runs for the peak of memory, with
	// artifacts and without.
	Followed, Alone []int
	// Artifacts of ArtifactSize bytes are copied at once.
	Artifacts    int
	ArtifactSize int64
	// Peers are the rounds of loop, worker and peers.
	Peers []peerSize
	// CountedRuns are those of the account for the calls per document.
	CountedRuns int
	// SmallRequests are how many small requests are timed, and one more.
	SmallRequests int
	// Starts and Invocations are how many of them are timed.
	Starts, Invocations int
}

func fullSizes() sizes {
	return sizes{
		Runs:         20_000,
		Rounds:       3,
		Latencies:    []time.Duration{0, 5 * time.Millisecond, 50 * time.Millisecond},
		Handlers:     []int{2, 4},
		Followed:     []int{2000, 20_000},
		Alone:        []int{200_000},
		Artifacts:    16,
		ArtifactSize: 256 << 20,
		Peers: []peerSize{
			{Latency: 50 * time.Millisecond, Runs: 4000, Rounds: 3, Ratio: 0.95},
			{Latency: 5 * time.Millisecond, Runs: 20_000, Rounds: 3, Ratio: 0.93},
			{Latency: 0, Runs: 20_000, Rounds: 3, Ratio: 0.80},
		},
		CountedRuns: 2000,
		Starts:      20,
		Invocations: 2000,
	}
}

// shortSizes are for a look between two changes. An export's fixed costs, such
// as the reconciler's pauses, weigh ten times as much as in the full one.
func shortSizes() sizes {
	s := fullSizes()
	s.Runs, s.Rounds = 2000, 2
	s.Followed, s.Alone = []int{2000}, []int{20_000}
	s.CountedRuns, s.Invocations, s.SmallRequests = 1000, 500, 21
	return s
}
