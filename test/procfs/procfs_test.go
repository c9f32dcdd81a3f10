package procfs

import (
	"os"
	"testing"
	"time"
)

func TestCPUTimeIsUserAndSystem(t *testing.T) {
	// The name of a process may hold blanks and parentheses.
	line := "17 (a) b (c) S 1 17 17 0 -1 4194560 100 0 0 0 123 45 6 7 20 0 9 0 1000 1 1\n"
	got, err := parseCPUTime([]byte(line))
	if want := 1680 * time.Millisecond; err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, broken := range []string{"", "17 (a) S 1", "17 (a) S 1 17 17 0 -1 4194560 100 0 0 0 x 45 6"} {
		if got, err := parseCPUTime([]byte(broken)); err == nil {
			t.Errorf("%q: got %v", broken, got)
		}
	}
}

func TestThePeakIsInBytes(t *testing.T) {
	got, err := parsePeak("VmPeak:\t  999 kB\nVmHWM:\t   36864 kB\nVmRSS:\t 1 kB\n")
	if err != nil || got != 36<<20 {
		t.Errorf("got %d, %v", got, err)
	}
	for _, broken := range []string{"", "VmHWM:", "VmHWM: x kB", "VmHWM: 5 MB"} {
		if got, err := parsePeak(broken); err == nil {
			t.Errorf("%q: got %d", broken, got)
		}
	}
}

// The parsers above are held against what this kernel writes.
func TestOurOwnProcessIsRead(t *testing.T) {
	if rss, err := PeakMemory(os.Getpid()); err != nil || rss < 1<<20 {
		t.Errorf("peak: %d, %v", rss, err)
	}
	if _, err := CPUTime(os.Getpid()); err != nil {
		t.Error(err)
	}
	if _, err := CPUTime(-1); err == nil {
		t.Error("no process has the id -1")
	}
}
