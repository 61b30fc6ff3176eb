//go:build !e2e

package imapmodel

// Of each way of running, how many runs there are beside one with a new seed, and how long they are.
const (
	usualRuns  = 2
	usualTurns = 6
	usualSteps = 8
	crowdTurns = 2
	crowdSteps = 3
)
