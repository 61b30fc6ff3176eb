//go:build !e2e

package clients

// How much the programs have to handle; `make e2e` gives them more.
const (
	someLetters  = 60
	manyLetters  = 120
	corpusStride = 80 // of the corpus every so many message
	hugeSize     = 3 << 20
	syncRounds   = 3
)
