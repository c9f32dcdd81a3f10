//go:build !unix

package azurite

import "syscall"

func ownGroup() *syscall.SysProcAttr { return nil }
