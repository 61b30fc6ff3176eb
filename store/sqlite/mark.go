package sqlite

import (
	"fmt"
	"slices"
	"time"

	"github.com/gannetmail/gannet/store"
)

// Mark implements [store.Tx].
func (t *tx) Mark(c store.CollectionID, uid store.UID, f store.FlagChange) (store.Record, error) {
	rec, err := t.Record(c, uid, store.WantItem)
	if err != nil {
		return store.Record{}, err
	}
	if f.UnchangedSince != nil && rec.ModSeq > *f.UnchangedSince {
		return rec, fmt.Errorf("entry %d of collection %d: %w", uid, c, store.Conflict)
	}
	i, err := marked(rec.Item, f, t.s.now())
	if err != nil {
		return rec, err
	}
	facets := changedFacets(rec.Item, i)
	if facets == 0 {
		return rec, nil
	}
	for k := range i.Stamps {
		if facets&(1<<k) != 0 {
			i.Stamps[k] = t.mark()
		}
	}
	err = t.c.exec(`UPDATE item SET flags = ?, keywords = ?, follow = ?, verb_time = ?,
		read_at = ?, follow_at = ?, verb_at = ?, labels_at = ?, other_at = ? WHERE id = ?`,
		i.Flags, encodeStrings(i.Keywords), encodeFollow(i.Follow), i.VerbTime,
		i.Stamps[1], i.Stamps[2], i.Stamps[3], i.Stamps[4], i.Stamps[5], i.ID)
	if err != nil {
		return rec, err
	}
	if err := t.touch(c, uid, tallyOf(i).less(tallyOf(rec.Item))); err != nil {
		return rec, err
	}
	rec.ModSeq, rec.Item = t.mark(), i
	return rec, nil
}

// marked returns the item with the change made.
func marked(i store.Item, f store.FlagChange, now time.Time) (store.Item, error) {
	if (f.Add|f.Remove)&^store.AllFlags != 0 {
		return i, invalid("flags %#x", f.Add|f.Remove)
	}
	old := i.Flags
	i.Flags = i.Flags&^f.Remove | f.Add
	markVerb(&i, old, f, now)
	if err := markFollow(&i, f); err != nil {
		return i, err
	}
	var err error
	i.Keywords, err = markKeywords(i.Keywords, f)
	return i, err
}

// markVerb notes when a message was answered or forwarded: at f.VerbTime, or now if it was not before.
func markVerb(i *store.Item, old store.Flags, f store.FlagChange, now time.Time) {
	const verbs = store.Answered | store.Forwarded
	switch {
	case f.Add&verbs == 0:
	case !f.VerbTime.IsZero():
		i.VerbTime = time.UnixMilli(f.VerbTime.UnixMilli()).UTC()
	case f.Add&verbs&^old != 0:
		i.VerbTime = time.UnixMilli(now.UnixMilli()).UTC()
	}
}

// markFollow sets the follow-up details. What is complete is not flagged; what is flagged anew without
// details is no longer complete.
func markFollow(i *store.Item, f store.FlagChange) error {
	switch {
	case f.SetFollow != nil:
		i.Follow = *f.SetFollow
		if i.Follow != nil {
			if i.Follow.Complete {
				i.Flags &^= store.Flagged
			}
			if encodeFollow(i.Follow) == "" {
				return invalid("follow-up details")
			}
			i.Follow = decodeFollow(encodeFollow(i.Follow)) // a copy, as it will be read
		}
	case f.Add&store.Flagged != 0 && i.Follow != nil && i.Follow.Complete:
		i.Follow = nil
	}
	return nil
}

func markKeywords(have []string, f store.FlagChange) ([]string, error) {
	if f.SetKeywords != nil {
		return normalKeywords(*f.SetKeywords)
	}
	if len(f.AddKeywords) == 0 && len(f.RemoveKeywords) == 0 {
		return have, nil
	}
	var kept []string
	for _, k := range have {
		if !hasKeyword(f.RemoveKeywords, k) {
			kept = append(kept, k)
		}
	}
	return normalKeywords(append(kept, f.AddKeywords...))
}

// changedFacets compares the marks of two states of an item.
func changedFacets(a, b store.Item) (f store.Facets) {
	diff := a.Flags ^ b.Flags
	if diff&store.Seen != 0 {
		f |= store.ReadFlag
	}
	if diff&store.Flagged != 0 || encodeFollow(a.Follow) != encodeFollow(b.Follow) {
		f |= store.FollowUp
	}
	if diff&(store.Answered|store.Forwarded) != 0 || !a.VerbTime.Equal(b.VerbTime) {
		f |= store.Verb
	}
	if !slices.Equal(a.Keywords, b.Keywords) {
		f |= store.Labels
	}
	if diff&(store.Deleted|store.Draft|store.MDNSent) != 0 {
		f |= store.Other
	}
	return f
}
