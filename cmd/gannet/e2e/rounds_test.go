//go:build !e2e

package e2e

// crashRounds is how often the server is killed; `make e2e` does it 200 times.
const crashRounds = 8
