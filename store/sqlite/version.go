package sqlite

import "github.com/mattn/go-sqlite3"

// EngineVersion is the version of the SQLite library, "3.54.1".
func EngineVersion() string {
	v, _, _ := sqlite3.Version()
	return v
}
