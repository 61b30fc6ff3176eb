//go:build e2e

package imapmodel

// Of each way of running, how many runs there are beside one with a new seed, and how long they are.
const (
	usualRuns  = 10
	usualTurns = 40
	usualSteps = 15
	crowdTurns = 12
	crowdSteps = 8
)
