package main

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"azureml-dsr/internal/cli"
)

const (
	// leastMemory is what the heap is held below where nothing says how much memory
	// there is: the smallest plans share an instance between many.
	leastMemory = 42 << 20
	// shareOfInstance is the part of an instance's memory that the handler may use: the
	// Functions host and its extensions need the rest.
	shareOfInstance = 4
	// gcPercent lets the heap double twice between two collections. Far below the limit
	// that saves half of the collector's work; near it the limit decides.
	gcPercent = 200
)

// cgroupMemory is where Linux says how much memory a container may use (cgroup v2).
const cgroupMemory = "/sys/fs/cgroup/memory.max"

// limitMemory makes the collector work harder before the process outgrows its share of
// the instance. What GOMEMLIMIT and GOGC say, the Go runtime has set already.
func limitMemory(e *cli.Env) {
	if _, set := e.Lookup("GOMEMLIMIT"); !set {
		text, _ := os.ReadFile(cgroupMemory) // no file: no limit
		debug.SetMemoryLimit(memoryLimit(string(text)))
	}
	if _, set := e.Lookup("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
}

// memoryLimit returns the handler's share of what a container may use, in bytes.
func memoryLimit(container string) int64 {
	most, err := strconv.ParseInt(strings.TrimSpace(container), 10, 64)
	if err != nil || most <= 0 || most > math.MaxInt64/2 { // "max", or nothing
		return leastMemory
	}
	return max(most/shareOfInstance, leastMemory)
}
