//go:build !linux

package protocols

func ackAtOnce(uintptr) {}
