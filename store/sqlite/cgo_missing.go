//go:build !cgo

package sqlite

// SQLite is a C library; without cgo the compiler stops here and prints the text.
const _ int = "a C compiler is needed: CGO_ENABLED=1 go build -tags sqlite_fts5 ./..."
