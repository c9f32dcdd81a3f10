package main

import "time"

// sizes are how much is measured.
type sizes struct {
	// Runs are those of the accounts for throughput and fading.
	Runs int
	// Rounds is how often worker and loop take turns.
	Rounds int
	// Followers are the accounts whose runs have an artifact each, by latency.
	Followers []followersSize
	// Exports are how many follow one another into one storage account.
	Exports int
	// Handlers are the numbers of handler processes, rising, beyond one, which share
	// the export of ScalingRuns.
	Handlers    []int
	ScalingRuns int
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

// followersSize is an account at one latency, which the fake waits before each answer.
type followersSize struct {
	Latency time.Duration
	Runs    int
}

func fullSizes() sizes {
	return sizes{
		Runs:   20_000,
		Rounds: 3,
		Followers: []followersSize{
			{Latency: 0, Runs: 20_000},
			{Latency: 5 * time.Millisecond, Runs: 20_000},
			{Latency: 50 * time.Millisecond, Runs: 4000},
		},
		Exports:      11,
		Handlers:     []int{2, 4},
		ScalingRuns:  20_000,
		Followed:     []int{2000, 20_000},
		Alone:        []int{200_000, 1_000_000},
		Artifacts:    16,
		ArtifactSize: 256 << 20,
		Peers: []peerSize{
			{Latency: 50 * time.Millisecond, Runs: 4000, Rounds: 3, Ratio: 0.95},
			{Latency: 5 * time.Millisecond, Runs: 20_000, Rounds: 3, Ratio: 0.93},
			{Latency: 0, Runs: 20_000, Rounds: 3, Ratio: 0.80},
		},
		CountedRuns:   2000,
		SmallRequests: 51,
		Starts:        20,
		Invocations:   2000,
	}
}

// shortSizes are for a look between two changes. An export's fixed costs, such
// as the reconciler's pauses, weigh ten times as much as in the full one.
func shortSizes() sizes {
	s := fullSizes()
	s.Runs, s.Rounds, s.Exports, s.ScalingRuns = 2000, 2, 5, 4000
	for i := range s.Followers {
		s.Followers[i].Runs = 2000
	}
	s.Followed, s.Alone = []int{2000}, []int{20_000}
	s.CountedRuns, s.Invocations, s.SmallRequests = 1000, 500, 21

	return s
}
