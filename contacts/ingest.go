package contacts

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// received is the place of every card in the order of its collection: one that never changes.
var received = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Ingest stages a card and says what the store keeps of it beside its bytes: its UID as the key, its words for the
// search. What is staged is vCard 4.0; a card without a UID gets one. What is no card is [vcard.ErrUnclear]. Class is not
// set.
func Ingest(ctx context.Context, st store.Store, raw []byte) (store.NewItem, error) {
	c, _, err := vcard.Read(string(raw))
	if err != nil {
		return store.NewItem{}, err
	}
	return IngestCard(ctx, st, c)
}

// IngestCard is [Ingest] of a card that has been read. It may give it a UID.
func IngestCard(ctx context.Context, st store.Store, c *vcard.Card) (store.NewItem, error) {
	if c.UID() == "" {
		c.SetText("UID", NewUID())
	}
	item := store.NewItem{Received: received, Key: key(c.UID()), Text: searchText(c)}
	w, err := st.NewBlob(ctx)
	if err != nil {
		return item, fmt.Errorf("begin card: %w", err)
	}
	defer w.Abort() // does nothing after Finish
	if _, err := w.Write(c.Bytes()); err != nil {
		return item, fmt.Errorf("write card: %w", err)
	}
	if item.Blob, err = w.Finish(); err != nil {
		return item, fmt.Errorf("stage card: %w", err)
	}
	return item, nil
}

// key is the UID as far as the store takes it.
func key(uid string) string {
	if len(uid) > store.MaxKey {
		return ""
	}
	return uid
}

// NewUID makes the UID of a new card. RFC 6350, section 6.7.6; RFC 9562, section 5.4.
func NewUID() string {
	var b [16]byte
	rand.Read(b[:]) // never returns an error
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// unsearched are the fields whose values are nothing that somebody looks for.
var unsearched = map[string]bool{
	"UID": true, "REV": true, "PRODID": true, "PHOTO": true, "LOGO": true, "SOUND": true, "KEY": true, "GEO": true,
	"KIND": true, "MEMBER": true, "X-ABLABEL": true, "X-ABUID": true, "CLASS": true, "CLIENTPIDMAP": true, "XML": true,
}

// searchText is what a card is found by: names and addresses stand where those of messages do.
func searchText(c *vcard.Card) store.Text {
	t := store.Text{Subject: FileAs(c) + "\n" + c.Text("FN")}
	var names, rest []string
	for f := range c.Fields() {
		switch {
		case unsearched[f.Name()] || strings.HasPrefix(strings.ToLower(f.Value()), "data:"):
		case f.Name() == "FN" || f.Name() == "NICKNAME" || f.Name() == "N":
			names = append(names, strings.Join(f.Components(1), " "))
		case f.Name() == "EMAIL":
			names = append(names, AddressOf(f.Text()))
		default:
			rest = append(rest, strings.Join(f.Components(1), " "))
		}
	}
	t.From, t.Body = strings.Join(names, "\n"), strings.Join(rest, "\n")
	return t
}
