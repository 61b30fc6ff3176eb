//go:build cgo && !sqlite_fts5

package sqlite

// Full-text search is compiled in by a build tag; without it this line stops the compiler.
var _ = build_test_and_vet_with__tags_sqlite_fts5
