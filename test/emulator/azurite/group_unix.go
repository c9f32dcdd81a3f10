//go:build unix

package azurite

import "syscall"

// ownGroup keeps a terminal's Ctrl-C from reaching the process: who started it
// ends it, after all that still writes to it.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
