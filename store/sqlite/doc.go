// Package sqlite keeps a [store.Store] in one SQLite file.
//
// Start with [Open]. One goroutine writes: it takes what callers have queued, runs each caller's
// function in its own savepoint, commits once and answers all (writer.go). Readers have their own
// connections and see snapshots (pool.go, view.go). The schema and its reasons are in schema.sql.
//
// It needs cgo and the build tag sqlite_fts5. The file is WAL with synchronous=FULL: what was
// acknowledged survives a power loss. A lock file keeps a second process out.
//
// Work that nobody waits for is done by the writer between batches, in steps of a few milliseconds
// (chores.go): indexing text, deleting bytes that nothing refers to, purging removed collections.
package sqlite
