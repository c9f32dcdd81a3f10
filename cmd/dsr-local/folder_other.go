//go:build !unix

package main

import "os"

// lockFile does nothing: only Unix has the lock.
func lockFile(*os.File) bool { return true }
