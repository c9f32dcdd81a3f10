package functionshost

import "syscall"

// dieWithParent makes the kernel kill the handler when the host is gone, even
// when the host itself was killed.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
