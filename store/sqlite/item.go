package sqlite

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gannetmail/gannet/store"
)

const maxKeywords = 1000 // of one item; a bound on what a client can make a row grow to

// newItem is a store.NewItem that was checked and brought into the form of the table.
type newItem struct {
	store.NewItem
	keywords []string
	received time.Time
}

// check looks at all of n that can be wrong, before anything is written.
func (t *tx) check(n store.NewItem, class store.Class) (newItem, error) {
	if n.Class == 0 {
		n.Class = class
	}
	if len(n.Key) > store.MaxKey {
		return newItem{}, invalid("key %.32q", n.Key)
	}
	if n.Class.String() == "" || n.Flags&^store.AllFlags != 0 || n.Blob == nil {
		return newItem{}, invalid("item of class %d with flags %#x", n.Class, n.Flags)
	}
	keywords, err := normalKeywords(n.Keywords)
	if err != nil {
		return newItem{}, err
	}
	received := n.Received
	if received.IsZero() {
		received = t.s.now()
	}
	return newItem{n, keywords, time.UnixMilli(received.UnixMilli()).UTC()}, nil
}

// normalKeywords sorts keywords and leaves the first of those that differ in case only.
func normalKeywords(list []string) ([]string, error) {
	var out []string
	for _, k := range list {
		if k == "" || len(k) > 255 {
			return nil, invalid("keyword %.32q", k)
		}
		if !hasKeyword(out, k) {
			out = append(out, k)
		}
	}
	if len(out) > maxKeywords {
		return nil, invalid("%d keywords", len(out))
	}
	slices.Sort(out)
	return out, nil
}

func hasKeyword(list []string, k string) bool {
	return slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, k) })
}

// Add implements [store.Tx].
func (t *tx) Add(c store.CollectionID, n store.NewItem) (store.Record, error) {
	col, err := t.Collection(c)
	if err != nil {
		return store.Record{}, err
	}
	item, err := t.check(n, col.Class)
	if err != nil {
		return store.Record{}, err
	}
	if err := t.afford(n.Blob.Size()); err != nil {
		return store.Record{}, err
	}
	if err := t.unkeyed(c, n.Key, 0); err != nil {
		return store.Record{}, err
	}
	if err := t.refer(n.Blob); err != nil {
		return store.Record{}, err
	}
	i, err := t.insertItem(item)
	if err != nil {
		return store.Record{}, err
	}
	return t.enter(col, i, n.Key)
}

// unkeyed is Exists when another live entry than but has the key in a collection.
func (t *tx) unkeyed(c store.CollectionID, key string, but store.UID) error {
	if key == "" {
		return nil
	}
	taken, err := t.c.exists("SELECT 1 FROM entry WHERE collection = ? AND key = ? AND key <> '' AND removed = 0 AND uid <> ?", c, key, but)
	if err == nil && taken {
		err = fmt.Errorf("key %.64q in collection %d: %w", key, c, store.Exists)
	}
	return err
}

// insertItem makes the rows of a new item.
func (t *tx) insertItem(n newItem) (store.Item, error) {
	id, err := t.nextItem()
	if err != nil {
		return store.Item{}, err
	}
	thread, err := t.join(n.Refs, store.ThreadID(id))
	if err != nil {
		return store.Item{}, err
	}
	i := store.Item{
		ID: id, Account: t.acct, Class: n.Class, Blob: n.Blob.ID(), Size: n.Blob.Size(), Received: n.received,
		Flags: n.Flags, Keywords: n.keywords, Thread: thread, Summary: n.Summary,
	}
	if n.Flags&(store.Answered|store.Forwarded) != 0 {
		i.VerbTime = time.UnixMilli(t.s.now().UnixMilli()).UTC()
	}
	key, err := t.freeSearchKey(i.Received, id)
	if err != nil {
		return store.Item{}, err
	}
	if err := t.indexText(key, n.Text); err != nil {
		return store.Item{}, err
	}
	return i, t.putItem(&i, key)
}

// nextItem is the id that the next insert would take; AUTOINCREMENT keeps it above all that ever were.
func (t *tx) nextItem() (store.ItemID, error) {
	n, err := t.c.number("SELECT seq FROM sqlite_sequence WHERE name = 'item'")
	return store.ItemID(n + 1), err
}

// putItem writes the rows of i, with all stamps set to this transaction.
func (t *tx) putItem(i *store.Item, key searchKey) error {
	for k := range i.Stamps {
		i.Stamps[k] = t.mark()
	}
	err := t.c.exec(`INSERT INTO item (id, account, class, blob, size, received, flags, keywords, thread, follow, verb_time,
			content_at, read_at, follow_at, verb_at, labels_at, other_at, search_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?12, ?12, ?12, ?12, ?12, ?12, ?13)`,
		i.ID, i.Account, i.Class, i.Blob, i.Size, i.Received.UnixMilli(), i.Flags, encodeStrings(i.Keywords), i.Thread,
		encodeFollow(i.Follow), i.VerbTime, t.mark(), int64(key))
	if err != nil || i.Summary == nil {
		return err
	}
	return t.putSummary(i.ID, i.Summary)
}

func (t *tx) putSummary(id store.ItemID, data []byte) error {
	t.wrote(len(data))
	if data == nil {
		return t.c.exec("DELETE FROM summary WHERE item = ?", id)
	}
	return t.c.exec("INSERT INTO summary (item, data) VALUES (?1, ?2) ON CONFLICT (item) DO UPDATE SET data = ?2", id, data)
}

// enter makes an item's entry in a collection and counts it.
func (t *tx) enter(col store.Collection, i store.Item, key string) (store.Record, error) {
	n := tallyOf(i)
	uid, err := t.c.number(`UPDATE collection SET uidnext = uidnext + 1, total = total + 1, unread = unread + ?,
		size = size + ?, deleted = deleted + ?, deleted_size = deleted_size + ?, changed = ? WHERE id = ? RETURNING uidnext - 1`,
		n.unread, n.size, n.deleted, n.deletedSize, t.mark(), col.ID)
	if err != nil {
		return store.Record{}, err
	}
	if uid >= int64(store.MaxUID) {
		return store.Record{}, fmt.Errorf("collection %d has no UID left: %w", col.ID, store.Internal)
	}
	e := store.Entry{
		Collection: col.ID, UID: store.UID(uid), Item: i.ID, Created: t.mark(), ModSeq: t.mark(), Received: i.Received, Key: key,
		Saved: time.UnixMilli(t.s.now().UnixMilli()).UTC(),
	}
	err = t.c.exec("INSERT INTO entry (collection, uid, item, created, modseq, received, saved, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		e.Collection, e.UID, e.Item, e.Created, e.ModSeq, e.Received.UnixMilli(), e.Saved.UnixMilli(), key)
	t.use(i.Size)
	return store.Record{Entry: e, Item: i}, err
}

// Replace implements [store.Tx].
func (t *tx) Replace(c store.CollectionID, uid store.UID, n store.NewItem) (store.Record, error) {
	old, err := t.Record(c, uid, store.WantItem)
	if err != nil {
		return store.Record{}, err
	}
	n.Flags, n.Keywords = 0, nil
	if n.Received.IsZero() || old.Item.Class == store.Mail {
		n.Received = old.Item.Received
	}
	if n.Key == "" {
		n.Key = old.Key
	}
	item, err := t.check(n, old.Item.Class)
	if err != nil {
		return store.Record{}, err
	}
	growth := n.Blob.Size() - old.Item.Size
	if err := t.afford(growth); err != nil {
		return store.Record{}, err
	}
	if err := t.unkeyed(c, n.Key, uid); err != nil {
		return store.Record{}, err
	}
	if err := t.refer(n.Blob); err != nil { // before the old bytes are let go: they may be the same
		return store.Record{}, err
	}
	if err := t.unrefer(old.Item.Blob); err != nil {
		return store.Record{}, err
	}
	i := old.Item
	i.Class, i.Blob, i.Size, i.Summary, i.Received = item.Class, n.Blob.ID(), n.Blob.Size(), n.Summary, item.received
	if i.Thread, err = t.rejoin(n.Refs, i); err != nil {
		return store.Record{}, err
	}
	if err := t.rewrite(&i, old.Item.Received, n.Text); err != nil {
		return store.Record{}, err
	}
	if err := t.leaveThread(old.Item.Thread); err != nil {
		return store.Record{}, err
	}
	if i.Class != store.Mail && i.Received.Equal(old.Item.Received) {
		return t.renew(old, i, n.Key, growth)
	}
	if err := t.bury(old); err != nil {
		return store.Record{}, err
	}
	col, err := t.Collection(c)
	if err != nil {
		return store.Record{}, err
	}
	return t.enter(col, i, n.Key)
}

// renew counts an item's new content under the entry that it has.
func (t *tx) renew(old store.Record, i store.Item, key string, growth int64) (store.Record, error) {
	if key != old.Key {
		if err := t.c.exec("UPDATE entry SET key = ? WHERE collection = ? AND uid = ?", key, old.Collection, old.UID); err != nil {
			return store.Record{}, err
		}
	}
	if err := t.touch(old.Collection, old.UID, tallyOf(i).less(tallyOf(old.Item))); err != nil {
		return store.Record{}, err
	}
	t.use(growth)
	e := old.Entry
	e.ModSeq, e.Key = t.mark(), key
	return store.Record{Entry: e, Item: i}, nil
}

// rewrite stores the new content of an item; was is when it arrived before.
func (t *tx) rewrite(i *store.Item, was time.Time, text store.Text) error {
	at := t.mark()
	i.Stamps[0] = at // Content
	key, err := t.ownSearchKey(i.ID, i.Received)
	if err != nil {
		return err
	}
	before := key
	if !was.Equal(i.Received) {
		if key, err = t.freeSearchKey(i.Received, i.ID); err != nil {
			return err
		}
	}
	if err := t.indexText(key, text); err != nil {
		return err
	}
	err = t.c.exec("UPDATE item SET class = ?, blob = ?, size = ?, thread = ?, received = ?, content_at = ?, search_key = ? WHERE id = ?",
		i.Class, i.Blob, i.Size, i.Thread, i.Received.UnixMilli(), at, int64(key), i.ID)
	if err != nil {
		return err
	}
	if before != key {
		if err := t.unindexText(before); err != nil {
			return err
		}
	}
	return t.putSummary(i.ID, i.Summary)
}
