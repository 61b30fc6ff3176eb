package activesync

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/smime"
	"github.com/gannetmail/gannet/store"
)

// Statuses of ResolveRecipients. MS-ASCMD, Status (ResolveRecipients).
const (
	resolveOK        = 1
	resolveAmbiguous = 2
	resolvePartly    = 3 // ambiguous, and not all are told
	resolveNobody    = 4
	resolveProtocol  = 5
	resolveNoCert    = 7
	resolveCertLimit = 8
	resolveListLimit = 161
	resolveNoTime    = 163
)

// Bounds of ResolveRecipients. MS-ASCMD, To, MaxCertificates, MaxAmbiguousRecipients, MergedFreeBusy.
const (
	maxToLength    = 256  // characters
	maxResolveNum  = 9999 // of what a client may ask for
	maxSuggestions = 100  // of one ambiguous name
	maxFreeList    = 20   // members of a list whose time is merged
	typeDirectory  = 1    // Type of who is in the address list
)

// A resolving is one ResolveRecipients on its way.
type resolving struct {
	h        *Handler
	account  store.AccountID
	q        wire.ResolveRequest
	now      time.Time
	suggest  int       // of one ambiguous name
	certs    int       // that may still be told
	from, to time.Time // of free time; zero: not asked for
	pictures *pictures
	usable   map[store.AccountID][][]byte // certificates; one person may be a member of what is asked for many times
	times    []membersTime                // that are still to be told
}

// resolveRecipients answers ResolveRecipients.
func (h *Handler) resolveRecipients(ctx context.Context, q *request, w *answer) error {
	in, err := wire.ReadResolveRecipients(q.body)
	if err != nil {
		return err
	}
	r := &resolving{h: h, account: q.account.ID, q: in, now: q.now, usable: map[store.AccountID][][]byte{}}
	if err := r.begin(q.version); err != nil {
		return fail(resolveProtocol, err)
	}
	list := make([]wire.Resolution, len(in.To))
	for i, to := range in.To {
		if list[i], err = r.resolve(ctx, to); err != nil {
			return err
		}
	}
	if err := r.tellTimes(ctx); err != nil {
		return err
	}
	wire.WriteResolveRecipients(w.encoder(), list)
	return nil
}

// begin checks what a request asks for, and forgets what its version does not have.
func (r *resolving) begin(v Version) error {
	if len(r.q.To) > wire.MaxRecipients {
		return errors.New("too many recipients")
	}
	for _, to := range r.q.To {
		if len([]rune(to)) > maxToLength {
			return errors.New("recipient is too long")
		}
	}
	var err error
	if r.suggest, err = limitOf(r.q.MaxAmbiguous, maxSuggestions); err != nil {
		return err
	}
	if r.certs, err = limitOf(r.q.MaxCerts, maxResolveNum); err != nil {
		return err
	}
	switch r.q.Certificates {
	case -1, wire.NoCertificates, wire.WholeOnes, wire.MiniOnes:
	default:
		return fmt.Errorf("CertificateRetrieval %d", r.q.Certificates)
	}
	if p := r.q.Picture; p != nil && v >= V141 {
		if p.MaxSize < -1 || p.MaxPictures < -1 {
			return errors.New("negative bound of pictures")
		}
		r.pictures = newPictures(p)
	}
	if a := r.q.Availability; a != nil && v >= V140 {
		r.from, r.to, err = timeAsked(*a)
	}
	return err
}

// limitOf is what a client's bound comes to where the server allows most.
func limitOf(asked, most int) (int, error) {
	switch {
	case asked == -1:
		return most, nil
	case asked < 0, asked > maxResolveNum:
		return 0, fmt.Errorf("%d is not from 0 to %d", asked, maxResolveNum)
	}
	return min(asked, most), nil
}

// resolve answers one To.
func (r *resolving) resolve(ctx context.Context, to string) (wire.Resolution, error) {
	people, total, err := r.h.Directory.Resolve(ctx, to, r.suggest)
	if err != nil {
		return wire.Resolution{}, err
	}
	known, err := r.acquaintances(ctx, to, people, total)
	if err != nil {
		return wire.Resolution{}, err
	}
	total += len(known)
	if total > 1 {
		known = known[:min(len(known), max(r.suggest-len(people), 0))]
	}
	out := wire.Resolution{To: to, Status: resolveAmbiguous, Count: total}
	switch {
	case total == 0:
		out.Status, out.Count = resolveNobody, -1
	case total == 1:
		out.Status = resolveOK
	case len(people)+len(known) < total:
		out.Status = resolvePartly
	}
	for _, p := range people {
		one, err := r.recipient(ctx, p, total == 1)
		if err != nil {
			return wire.Resolution{}, err
		}
		out.Recipients = append(out.Recipients, one)
	}
	for _, a := range known {
		one, err := r.acquaintance(ctx, a, total == 1)
		if err != nil {
			return wire.Resolution{}, err
		}
		out.Recipients = append(out.Recipients, one)
	}
	return out, nil
}

// recipient tells of one person or list. Certificates and free time belong to one who is meant for sure.
func (r *resolving) recipient(ctx context.Context, p contacts.Person, sure bool) (wire.Recipient, error) {
	out := wire.Recipient{Type: typeDirectory, Display: p.Display, Address: p.Address}
	var err error
	if sure {
		if !r.from.IsZero() {
			out.Availability = r.availability(p)
		}
		if out.Certificates, err = r.certificates(ctx, p); err != nil {
			return out, err
		}
	}
	out.Picture, err = r.pictures.of(ctx, r.h.Directory, p)
	return out, err
}

// certificates tells all the certificates of a person, or of all members of a list, or none of them.
func (r *resolving) certificates(ctx context.Context, p contacts.Person) (*wire.RecipientCertificates, error) {
	if r.q.Certificates < wire.WholeOnes {
		return nil, nil
	}
	members := p.Members
	if !p.List {
		members = []store.AccountID{p.Account}
	}
	out := &wire.RecipientCertificates{Status: resolveOK, Members: len(members)}
	var all [][]byte
	for _, m := range members {
		list, err := r.certificatesOf(ctx, m)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	out.Count = len(all)
	switch {
	case len(all) == 0:
		out.Status = resolveNoCert
	case len(all) > r.certs:
		out.Status = resolveCertLimit
	case r.q.Certificates == wire.WholeOnes:
		r.certs -= len(all)
		out.Whole = all
	case !p.List: // the short form is not described anywhere; a whole one is a certificate too
		r.certs--
		out.Mini = all[0]
	}
	return out, nil
}

// certificatesOf returns the usable certificates of an account, read once.
func (r *resolving) certificatesOf(ctx context.Context, acct store.AccountID) ([][]byte, error) {
	if list, known := r.usable[acct]; known {
		return list, nil
	}
	all, err := r.h.Directory.Certificates(ctx, acct)
	if err != nil {
		return nil, fmt.Errorf("certificates of account %d: %w", acct, err)
	}
	r.usable[acct] = usable(all, r.now)
	return r.usable[acct], nil
}

// usable leaves the certificates that are good for mail at this time, the one that is valid longest first.
func usable(list [][]byte, now time.Time) [][]byte {
	var good []*x509.Certificate
	for _, der := range list {
		if c, err := smime.Parse(der); err == nil && smime.Check(c, smime.Addresses(c), now) == nil {
			good = append(good, c)
		}
	}
	slices.SortStableFunc(good, func(a, b *x509.Certificate) int { return b.NotAfter.Compare(a.NotAfter) })
	var out [][]byte
	for _, c := range good {
		out = append(out, c.Raw)
	}
	return out
}
