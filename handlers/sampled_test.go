package handlers_test

import "iter"

// sampleEvery is a prime: samples meet every kind of a repeating row of effects.
const sampleEvery = 13

// sampled gives the numbers from 0 to n: all of them, and a sample under the race
// detector. `make test` runs what is sampled both ways.
func sampled(n int) iter.Seq[int] {
	step := 1
	if raced {
		step = sampleEvery
	}
	return func(yield func(int) bool) {
		for i := 0; i < n; i += step {
			if !yield(i) {
				return
			}
		}
	}
}
