//go:build e2e

package model

// The long run.
var (
	usualSeeds = []uint64{1}
	usualSteps = 20000
)
