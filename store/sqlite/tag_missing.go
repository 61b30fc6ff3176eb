//go:build cgo && !sqlite_fts5

package sqlite

// Full-text search is compiled in by a build tag; without it the compiler stops here and prints the text.
const _ int = "give go build, test, vet and run the tag: go build -tags sqlite_fts5 ./..."
