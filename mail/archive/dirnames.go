package archive

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"strings"
)

// window is how many file names are held at a time. A folder of more is read several times, so that its files come in
// the order of their names with bounded memory.
const window = 50_000

// sortedNames yields the names of files in dirs that keep returns a key for, by key, then by name. name is relative to
// its dir, which is given by its index.
func sortedNames(ctx context.Context, f files, dirs []string, size int, keep func(name string) (key string)) iter.Seq2[dirName, error] {
	return func(yield func(dirName, error) bool) {
		var last dirName
		for first := true; ; first = false {
			batch, more, err := smallest(ctx, f, dirs, size, keep, last, first)
			if err != nil {
				yield(dirName{}, err)
				return
			}
			for _, n := range batch {
				if !yield(n, nil) {
					return
				}
				last = n
			}
			if !more {
				return
			}
		}
	}
}

// dirName is a file by the folder that it is in.
type dirName struct {
	key, name string
	dir       int
}

func (a dirName) compare(b dirName) int {
	switch {
	case a.key != b.key:
		return strings.Compare(a.key, b.key)
	case a.dir != b.dir:
		return a.dir - b.dir
	}
	return strings.Compare(a.name, b.name)
}

// smallest returns the first size names behind last, and whether there are more.
func smallest(ctx context.Context, f files, dirs []string, size int, keep func(string) string, last dirName, first bool) (batch []dirName, more bool, err error) {
	cut := func() {
		slices.SortFunc(batch, dirName.compare)
		if len(batch) > size {
			batch, more = batch[:size], true
		}
	}
	for i, dir := range dirs {
		err := f.eachName(ctx, dir, func(name string) {
			n := dirName{key: keep(name), name: name, dir: i}
			if n.key == "" || !first && n.compare(last) <= 0 {
				return
			}
			if batch = append(batch, n); len(batch) >= 2*size {
				cut()
			}
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, false, err
		}
	}
	cut()
	return batch, more, nil
}
