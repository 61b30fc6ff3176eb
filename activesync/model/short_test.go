//go:build !e2e

package model

// The usual runs.
var (
	usualSeeds = []uint64{1, 2}
	usualSteps = 1000
)
