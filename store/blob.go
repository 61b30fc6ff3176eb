package store

import "io"

// BlobWriter takes the bytes of a new blob. Small blobs stay in memory until a transaction refers to
// them; large ones are written to the store in pieces on the way, so memory is bounded whatever the
// size. What no transaction came to refer to is gone after a restart at the latest.
type BlobWriter interface {
	io.Writer
	// Finish ends the blob. The writer must not be used afterwards.
	Finish() (Staged, error)
	// Abort gives the bytes up. It may be called after Finish and then does nothing.
	Abort()
}

// Staged is a complete blob that a transaction may refer to, any number of times until Release.
type Staged interface {
	ID() BlobID
	Size() int64
	// ReadAt reads the staged bytes (io.ReaderAt), before or after a transaction referred to them.
	io.ReaderAt
	// Release gives up the caller's hold: bytes that no committed transaction refers to are removed.
	Release()
}

// Blob is a stored blob open for reading. A range costs only the chunks that it touches. It may be
// read from several goroutines. While it is open its bytes stay, even when the last item goes.
type Blob interface {
	io.ReaderAt
	io.Closer
	ID() BlobID
	Size() int64
}
