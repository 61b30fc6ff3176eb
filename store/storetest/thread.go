package storetest

import (
	"iter"
	"slices"
	"strconv"

	"github.com/gannetmail/gannet/store"
)

func (e *env) message(d int, id, subject string, refs ...string) store.Record {
	e.Helper()
	return e.add(e.in.ID, store.NewItem{Received: day(d), Refs: store.Refs{MessageID: id, References: refs, Subject: subject}})
}

func (e *env) thread(id store.ThreadID) []store.UID {
	e.Helper()
	return uids(e.list(func(r store.Reader) iter.Seq2[store.Record, error] { return r.Thread(id, store.WantEntry) }))
}

func testThreads(e *env) {
	a := e.message(1, "a@x", "plan")
	b := e.message(2, "b@x", "plan", "a@x")
	c := e.message(3, "c@x", "plan", "a@x", "b@x")
	d := e.message(4, "d@x", "plan")
	none1, none2 := e.message(5, "", "plan"), e.message(6, "", "plan")
	if a.Item.Thread != b.Item.Thread || b.Item.Thread != c.Item.Thread {
		e.Errorf("threads of a conversation: %d, %d, %d", a.Item.Thread, b.Item.Thread, c.Item.Thread)
	}
	if d.Item.Thread == a.Item.Thread || none1.Item.Thread == none2.Item.Thread || none1.Item.Thread == 0 {
		e.Errorf("threads of strangers: %d, %d, %d", d.Item.Thread, none1.Item.Thread, none2.Item.Thread)
	}
	if got := e.thread(a.Item.Thread); !slices.Equal(got, []store.UID{a.UID, b.UID, c.UID}) {
		e.Errorf("conversation: %v", got)
	}
	if got := e.thread(999999); got != nil {
		e.Errorf("an unknown conversation: %v", got)
	}
	var many []string
	for i := range 200 {
		many = append(many, "ref"+strconv.Itoa(i)+"@x")
	}
	long := e.message(7, "long@x", "long", many...)
	if near := e.message(8, "ref199@x", "long"); near.Item.Thread != long.Item.Thread {
		e.Error("the last of many references is not looked at")
	}
	if far := e.message(9, "ref0@x", "long"); far.Item.Thread == long.Item.Thread {
		e.Error("the first of 200 references is looked at; the bound is 50")
	}
}

func testThreadsLate(e *env) {
	reply := e.message(3, "b@x", "plan", "a@x")
	second := e.message(4, "c@x", "plan", "a@x", "z@x")
	root := e.message(1, "a@x", "plan")
	if reply.Item.Thread != root.Item.Thread || second.Item.Thread != root.Item.Thread {
		e.Errorf("threads: reply %d, second %d, root %d", reply.Item.Thread, second.Item.Thread, root.Item.Thread)
	}
	if got := e.thread(root.Item.Thread); !slices.Equal(got, []store.UID{root.UID, reply.UID, second.UID}) {
		e.Errorf("by arrival: %v", got)
	}
	if z := e.message(5, "z@x", "plan"); z.Item.Thread != root.Item.Thread {
		e.Error("a message that was only named before is not in the conversation")
	}
}

func testThreadGuard(e *env) {
	a := e.message(1, "a@x", "plan")
	other := e.message(2, "b@x", "something else", "a@x")
	if a.Item.Thread == other.Item.Thread {
		e.Error("a reply with another subject is in the conversation")
	}
	c := e.message(3, "c@x", "something else", "b@x")
	if c.Item.Thread != other.Item.Thread {
		e.Error("the reply to the other subject is not with it")
	}
	e.read(e.bob.ID, func(r store.Reader) error {
		list, err := collect(r.Thread(a.Item.Thread, store.WantItem))
		if len(list) != 0 {
			e.Errorf("bob sees alice's conversation: %v", list)
		}
		return err
	})
	bob := Role(e, e.s, e.bob.ID, store.Inbox)
	rec := Add(e, e.s, e.bob.ID, bob.ID, []byte("b"), store.NewItem{Refs: store.Refs{MessageID: "d@x", References: []string{"a@x"}, Subject: "plan"}})
	if rec.Item.Thread == a.Item.Thread {
		e.Error("bob's reply is in alice's conversation")
	}
}

func testThreadForgotten(e *env) {
	a := e.message(1, "a@x", "plan")
	b := e.message(2, "b@x", "plan", "a@x")
	remove := func(u store.UID) {
		e.write(e.alice.ID, func(tx store.Tx) error { return tx.Remove(e.in.ID, u) })
	}
	remove(a.UID)
	if c := e.message(3, "c@x", "plan", "a@x"); c.Item.Thread != b.Item.Thread {
		e.Error("the conversation lost its memory with its first message")
	} else {
		remove(c.UID)
	}
	remove(b.UID)
	if again := e.message(4, "a@x", "plan"); again.Item.Thread == a.Item.Thread {
		e.Error("a conversation that ended goes on")
	}
}
