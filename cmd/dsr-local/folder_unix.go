//go:build unix

package main

import (
	"os"
	"syscall"
)

// lockFile locks a file until it is closed or the process ends. It reports whether nobody
// else has locked it.
func lockFile(f *os.File) bool {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
