//go:build e2e

package clients

// How much the programs have to handle.
const (
	someLetters  = 300
	manyLetters  = 1000
	corpusStride = 12 // of the corpus every so many message
	hugeSize     = 20 << 20
	syncRounds   = 8
)
