package simulation_test

import (
	"flag"
	"iter"
)

// exhaustive makes the tests of crashes and concurrent deliveries try every moment.
// `make test-exhaustive` sets it.
var exhaustive = flag.Bool("exhaustive", false, "try every moment, not a sample")

// sampleEvery is a prime: samples meet every kind of a repeating row of effects.
const sampleEvery = 13

// sampled yields the numbers from 0 to n: a sample, or with -exhaustive all of them.
func sampled(n int) iter.Seq[int] {
	step := sampleEvery
	if *exhaustive {
		step = 1
	}
	return func(yield func(int) bool) {
		for i := 0; i < n; i += step {
			if !yield(i) {
				return
			}
		}
	}
}
