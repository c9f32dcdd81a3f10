// Package procfs reads what Linux tells of a process: its CPU time and its peak memory.
package procfs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// ticksPerSecond is in what /proc counts: USER_HZ, 100 on every Linux that Go
// runs on (proc_pid_stat(5)).
const ticksPerSecond = 100

// CPUTime returns what a process has used so far, user and system.
func CPUTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("reading a process's times: %w", err)
	}
	return parseCPUTime(stat)
}

// parseCPUTime reads fields 14 and 15 of proc_pid_stat(5). The second is a name
// in parentheses that may hold anything.
func parseCPUTime(stat []byte) (time.Duration, error) {
	const first, user, system = 3, 14, 15 // the first field after the name
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) <= system-first {
		return 0, errors.New("reading a process's times: a line of /proc is too short")
	}

	var ticks int64
	for _, field := range []string{fields[user-first], fields[system-first]} {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading a process's times: %w", err)
		}
		ticks += n
	}

	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// PeakMemory returns the most memory, in bytes, that a process had resident so far.
func PeakMemory(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading a process's memory: %w", err)
	}
	return parsePeak(string(status))
}

// parsePeak reads VmHWM of proc_pid_status(5).
func parsePeak(status string) (int64, error) {
	_, rest, found := strings.Cut(status, "VmHWM:")
	fields := strings.Fields(rest)
	if !found || len(fields) < 2 || fields[1] != "kB" {
		return 0, errors.New("reading a process's memory: /proc has no VmHWM")
	}
	kib, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("reading a process's memory: %w", err)
	}
	return kib << 10, nil
}
