//go:build race

package main

// raced is whether the race detector watches, which takes memory of its own and makes large imports slow.
const raced = true
