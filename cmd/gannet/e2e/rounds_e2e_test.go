//go:build e2e

package e2e

// crashRounds is how often the server is killed.
const crashRounds = 200
