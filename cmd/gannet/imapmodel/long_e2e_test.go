//go:build e2e

package imapmodel

// Of each way of running, how many runs there are beside one with a new seed, and how long they are.
const (
	usualRuns  = 2
	usualTurns = 25
	usualSteps = 15
	crowdTurns = 12
	crowdSteps = 8
)
