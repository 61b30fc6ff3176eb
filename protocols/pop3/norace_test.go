//go:build !race

package pop3

// raced is whether the race detector watches, which makes filling a large store slow and measures nothing.
const raced = false
