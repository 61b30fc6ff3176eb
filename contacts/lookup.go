package contacts

import (
	"context"
	"errors"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// Resolve finds out who is meant by what somebody typed or wrote as a recipient: an address, also in angle
// brackets, the whole display name of one person, or the beginnings of names. total 1 says that it is the one
// of people, 0 that it is nobody here; otherwise people are the first of those who may be meant, at most limit.
func (d *Directory) Resolve(ctx context.Context, text string, limit int) (people []Person, total int, err error) {
	if addr := bareAddress(text); addr != "" {
		p, err := d.ByAddress(ctx, addr)
		switch {
		case err == nil:
			return []Person{p}, 1, nil
		case !errors.Is(err, store.NotFound) && !errors.Is(err, store.Invalid):
			return nil, 0, err
		}
		text = addr
	}
	named, err := d.Named(ctx, text)
	if err != nil {
		return nil, 0, err
	}
	if len(named) == 1 {
		return named, 1, nil
	}
	people, total, err = d.Find(ctx, text, 0, max(limit, 1))
	if total > 1 {
		people = people[:min(len(people), max(limit, 0))]
	}
	return people, total, err
}

// bareAddress is the address of "Anna Berg <anna@example.test>" or "anna@example.test", empty if there is none.
func bareAddress(text string) string {
	if begin := strings.LastIndexByte(text, '<'); begin >= 0 && strings.HasSuffix(strings.TrimSpace(text), ">") {
		text = strings.TrimSuffix(strings.TrimSpace(text[begin+1:]), ">")
	}
	if !strings.Contains(text, "@") {
		return ""
	}
	return strings.TrimSpace(text)
}
