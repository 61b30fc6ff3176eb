//go:build !cgo

package sqlite

// SQLite is a C library; without cgo this line stops the compiler.
var _ = set_CGO_ENABLED_1_and_build_with__tags_sqlite_fts5
