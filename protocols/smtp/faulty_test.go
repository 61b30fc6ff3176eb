package smtp

import (
	"context"
	"sync"

	"github.com/gannetmail/gannet/mail"
	"github.com/gannetmail/gannet/store"
)

// faulty is a store whose operations fail on demand: "view", "blob", "write", "update".
type faulty struct {
	store.Store
	mu   sync.Mutex
	errs map[string]error
	// only, when not zero, limits "update" to one account's work.
	only store.AccountID
}

func (f *faulty) set(op string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.errs == nil {
		f.errs = make(map[string]error)
	}
	f.errs[op] = err
}

func (f *faulty) err(op string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.errs[op]
}

func (f *faulty) View(ctx context.Context, acct store.AccountID, fn func(store.Reader) error) error {
	if err := f.err("view"); err != nil {
		return err
	}
	return f.Store.View(ctx, acct, fn)
}

func (f *faulty) Update(ctx context.Context, acct store.AccountID, fn func(store.Tx) error) error {
	return f.UpdateAll(ctx, []store.Work{{Account: acct, Do: fn}})[0]
}

func (f *faulty) UpdateAll(ctx context.Context, work []store.Work) []error {
	injected := f.err("update")
	errs := make([]error, len(work))
	var rest []store.Work
	var index []int
	for i, w := range work {
		if injected != nil && (f.only == 0 || f.only == w.Account) {
			errs[i] = injected
			continue
		}
		rest, index = append(rest, w), append(index, i)
	}
	for i, err := range f.Store.UpdateAll(ctx, rest) {
		errs[index[i]] = err
	}
	return errs
}

func (f *faulty) NewBlob(ctx context.Context) (store.BlobWriter, error) {
	if err := f.err("blob"); err != nil {
		return nil, err
	}
	w, err := f.Store.NewBlob(ctx)
	return faultyBlob{w, f}, err
}

type faultyBlob struct {
	store.BlobWriter
	f *faulty
}

func (b faultyBlob) Write(p []byte) (int, error) {
	if err := b.f.err("write"); err != nil {
		return 0, err
	}
	return b.BlobWriter.Write(p)
}

// mailOn is a mail service like w.mail on another store.
func (w *world) mailOn(st store.Store) *mail.Service {
	return mail.NewService(st, mail.ServiceOptions{Hostname: "mail.example.test", MaxSize: 1 << 20})
}
