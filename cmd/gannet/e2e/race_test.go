//go:build race

package e2e

// raced is whether the race detector watches, which sees the tests' side only: the server is another process.
const raced = true
