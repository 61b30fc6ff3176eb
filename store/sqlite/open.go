package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gannetmail/gannet/store"
)

// FileName is the database's name inside a directory given to [Open].
const FileName = "gannet.db"

// Options are what [Open] may be told. The zero value is good.
type Options struct {
	Log        *slog.Logger     // nil: discards
	Now        func() time.Time // nil: time.Now
	Readers    int              // reading connections; 0: as many as cores, at least 4
	QueueLimit int              // callers of Update that may wait before the next has to; 0: 1024

	// PendingText is how many items' texts may wait to be indexed before the writer indexes some
	// between batches; 0: 2048. Search finds waiting texts too, only slower.
	PendingText int

	noChores bool // tests: the writer does nothing of its own
}

// Store is a [store.Store] in one SQLite file.
type Store struct {
	path    string
	log     *slog.Logger
	now     func() time.Time
	lock    *os.File
	writer  *writer
	copier  *checkpointer
	readers *pool // for View
	chunks  *pool // for blobs: apart, since a View may read blobs while it holds a reader
	zip     *zipper
	feed    feed
	pins    pins
	closed  sync.Once
}

var _ store.Store = (*Store)(nil)

// Open opens the store at path, a file or a directory (then its [FileName]), and creates it when it
// does not exist. It is Busy when another process has it open, and Invalid when its schema is newer
// than this program. Before an older schema is migrated a snapshot is written beside the file.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, FileName)
	}
	o = o.withDefaults()
	held, err := lock(path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, log: o.Log, now: o.Now, lock: held}
	if err := s.start(ctx, o); err != nil {
		held.Close()
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Readers <= 0 {
		o.Readers = max(4, runtime.NumCPU())
	}
	if o.QueueLimit <= 0 {
		o.QueueLimit = 1024
	}
	if o.PendingText <= 0 {
		o.PendingText = 2048
	}
	return o
}

func (s *Store) start(ctx context.Context, o Options) error {
	c, err := openWriter(s.path)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, c); err != nil {
		c.close()
		return err
	}
	if s.zip, err = newZipper(); err != nil {
		c.close()
		return err
	}
	open := func() (*conn, error) { return openReader(s.path) }
	s.readers = newPool(o.Readers, open)
	s.chunks = newPool(o.Readers, open)
	s.feed.init(s.loadModSeq)
	s.pins.init()
	s.writer = newWriter(s, c, o)
	s.copier = newCheckpointer(s)
	beside, err := openWriter(s.path)
	if err != nil {
		c.close()
		return err
	}
	go s.copier.run(beside)
	s.writer.start()
	return nil
}

// prepare makes the tables and what a crash may have left undone ready.
func (s *Store) prepare(ctx context.Context, c *conn) error {
	p, err := builtin()
	if err != nil {
		return err
	}
	snapshot, err := p.apply(ctx, c, s.path, s.now())
	if err != nil {
		return err
	}
	if snapshot != "" {
		s.log.LogAttrs(ctx, slog.LevelInfo, "migrated the database", slog.String("snapshot", snapshot))
	}
	return syncDir(filepath.Dir(s.path))
}

// Close lets running work end, makes everything durable and frees the store. Calls after it, and
// those that were waiting, are Closed.
func (s *Store) Close() (err error) {
	s.closed.Do(func() { err = s.shutdown() })
	return err
}

func (s *Store) shutdown() error {
	s.feed.close()
	err := s.writer.stop()
	s.copier.stop()
	for _, p := range []*pool{s.readers, s.chunks} {
		if e := p.close(); e != nil && err == nil {
			err = e
		}
	}
	s.zip.close()
	if e := s.writer.c.close(); e != nil && err == nil {
		err = e
	}
	if e := s.lock.Close(); e != nil && err == nil {
		err = fmt.Errorf("unlock: %w", wrap(e))
	}
	return err
}

// Path is the database's file.
func (s *Store) Path() string { return s.path }
