package activesync

import (
	"context"
	"errors"
	"strings"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/store"
)

// typeContact is the Type of who is in the user's own address books. MS-ASCMD, Type (ResolveRecipients).
const typeContact = 2

// acquaintances are those of the user's own contacts who may be meant where the address list does not know for sure,
// without those whom it tells already.
func (r *resolving) acquaintances(ctx context.Context, to string, people []contacts.Person, total int) ([]contacts.Acquaintance, error) {
	if total == 1 {
		return nil, nil
	}
	books := &contacts.Books{Store: r.h.Store}
	list, _, err := books.Resolve(ctx, r.account, to, maxSuggestions)
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for _, p := range people {
		told[strings.ToLower(p.Address)] = true
	}
	rest := list[:0]
	for _, a := range list {
		if key := strings.ToLower(a.Address); !told[key] {
			told[key] = true
			rest = append(rest, a)
		}
	}
	return rest, nil
}

// acquaintance tells of one of the user's contacts. Of one whose address is of this server is told what the address list
// knows; of others nobody knows their time, and nobody has vouched for certificates that stand on a card.
func (r *resolving) acquaintance(ctx context.Context, a contacts.Acquaintance, sure bool) (wire.Recipient, error) {
	out := wire.Recipient{Type: typeContact, Display: a.Display, Address: a.Address}
	if sure {
		if err := r.tellHere(ctx, a, &out); err != nil {
			return out, err
		}
	}
	if sure && !r.from.IsZero() && out.Availability == nil {
		out.Availability = &wire.Availability{Status: resolveNoTime}
	}
	if sure && r.q.Certificates >= wire.WholeOnes && out.Certificates == nil {
		out.Certificates = &wire.RecipientCertificates{Status: resolveNoCert, Members: 1}
	}
	if r.pictures != nil {
		out.Picture = r.pictures.take(shownPicture(a.Card))
	}
	return out, nil
}

// tellHere tells of a contact what is known of the account or the group that his address leads to.
func (r *resolving) tellHere(ctx context.Context, a contacts.Acquaintance, out *wire.Recipient) error {
	p, err := r.h.Directory.ByAddress(ctx, a.Address)
	if errors.Is(err, store.NotFound) || errors.Is(err, store.Invalid) {
		return nil
	} else if err != nil {
		return err
	}
	if !r.from.IsZero() {
		out.Availability = r.availability(p)
	}
	out.Certificates, err = r.certificates(ctx, p)
	return err
}
