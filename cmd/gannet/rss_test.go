package main

import (
	"os/exec"
	"syscall"
)

// maxRSS is the most memory that a process that has ended had, in KiB.
func maxRSS(cmd *exec.Cmd) int64 {
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss
}
