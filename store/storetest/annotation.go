package storetest

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// annotate returns the work of putting an annotation.
func annotate(c store.CollectionID, name string, value []byte) func(store.Tx) error {
	return func(tx store.Tx) error {
		return tx.PutAnnotation(store.Annotation{Collection: c, Name: name, Value: value})
	}
}

// annotated checks what an account put on a collection: names and values in turn.
func (e *env) annotated(acct store.AccountID, c store.CollectionID, want ...string) {
	e.Helper()
	e.read(acct, func(r store.Reader) error {
		got, err := r.Annotations(c)
		var list []store.Annotation
		for i := 0; i < len(want); i += 2 {
			list = append(list, store.Annotation{Collection: c, Name: want[i], Value: []byte(want[i+1])})
		}
		if !reflect.DeepEqual(got, list) {
			e.Errorf("annotations of account %d on collection %d: %+v; want %+v", acct, c, got, list)
		}
		return err
	})
}

func testAnnotations(e *env) {
	e.annotated(e.alice.ID, e.in.ID)
	e.quiet("a value", true, annotate(e.in.ID, "/shared/comment", []byte("hello")))
	e.quiet("one more", true, annotate(e.in.ID, "/private/comment", []byte("\x00\xff")))
	e.quiet("the account's", true, annotate(0, "/private/comment", []byte("mine")))
	e.quiet("an empty one", true, annotate(e.in.ID, "/private/vendor/x y/colour", []byte{}))
	e.quiet("the same", false, annotate(e.in.ID, "/shared/comment", []byte("hello")))
	e.quiet("the same empty one", false, annotate(e.in.ID, "/private/vendor/x y/colour", []byte{}))
	e.quiet("another value", true, annotate(e.in.ID, "/shared/comment", []byte("again")))
	e.annotated(e.alice.ID, e.in.ID, "/private/comment", "\x00\xff", "/private/vendor/x y/colour", "", "/shared/comment", "again")
	e.annotated(e.alice.ID, 0, "/private/comment", "mine")
	e.annotated(e.bob.ID, 0)
	e.quiet("none", true, annotate(e.in.ID, "/private/comment", nil))
	e.quiet("none again", false, annotate(e.in.ID, "/private/comment", nil))
	e.annotated(e.alice.ID, e.in.ID, "/private/vendor/x y/colour", "", "/shared/comment", "again")

	c := e.folder("Work", 0)
	e.write(e.alice.ID, annotate(c.ID, "/a", []byte("kept")))
	e.write(e.alice.ID, func(tx store.Tx) error { _, err := tx.UpdateCollection(c.ID, e.in.ID, "Play"); return err })
	e.annotated(e.alice.ID, c.ID, "/a", "kept")
}

func testAnnotationBounds(e *env) {
	for _, bad := range []string{
		"", "/", "comment", "/private/", "/private//x", "/Private/x", "/a*", "/a%", "/é", "/a\x00", "/a\n", "//", "/" + strings.Repeat("x", 255),
	} {
		e.refused(store.Invalid, e.alice.ID, "name "+bad, annotate(e.in.ID, bad, []byte("x")))
	}
	e.write(e.alice.ID, annotate(e.in.ID, "/large", make([]byte, store.MaxAnnotation)))
	e.refused(store.TooLarge, e.alice.ID, "a larger one", annotate(e.in.ID, "/large", make([]byte, store.MaxAnnotation+1)))
	for i := range 99 {
		e.write(e.alice.ID, annotate(e.in.ID, fmt.Sprint("/n", i), []byte("x")))
	}
	e.refused(store.OverQuota, e.alice.ID, "one name too many", annotate(e.in.ID, "/one-more", []byte("x")))
	e.write(e.alice.ID, annotate(e.in.ID, "/n5", []byte("changed")))
	e.write(e.alice.ID, annotate(0, "/one-more", []byte("x")))
	for i := range 62 { // with /large all of 4 MiB but 64 KiB
		e.write(e.alice.ID, annotate(0, fmt.Sprint("/l", i), make([]byte, store.MaxAnnotation)))
	}
	e.refused(store.OverQuota, e.alice.ID, "one value too many", annotate(0, "/last", make([]byte, store.MaxAnnotation)))
	e.write(e.alice.ID, annotate(0, "/l0", []byte("short")))
	e.write(e.alice.ID, annotate(0, "/last", make([]byte, store.MaxAnnotation/2)))
	e.write(e.alice.ID, annotate(e.in.ID, "/n6", nil))
	e.write(e.alice.ID, annotate(e.in.ID, "/one-more", []byte("x")))
}

func testAnnotationsShared(e *env) {
	note, none := []byte("bob's own"), func(what string) {
		e.Helper()
		e.refused(store.NotFound, e.bob.ID, what, annotate(e.in.ID, "/private/comment", []byte("x")))
		e.read(e.bob.ID, func(r store.Reader) error {
			_, err := r.Annotations(e.in.ID)
			e.is(err, store.NotFound, what)
			return nil
		})
	}
	none("not shared")
	e.grant(e.in.ID, e.bob.ID, store.MayLookup)
	e.write(e.bob.ID, annotate(e.in.ID, "/private/comment", note))
	e.write(e.alice.ID, annotate(e.in.ID, "/private/comment", []byte("alice's")))
	e.annotated(e.bob.ID, e.in.ID, "/private/comment", "bob's own")
	e.annotated(e.alice.ID, e.in.ID, "/private/comment", "alice's")
	e.grant(e.in.ID, e.bob.ID, 0)
	none("no longer shared")
	e.grant(e.in.ID, 0, store.MayLookup)
	e.annotated(e.bob.ID, e.in.ID, "/private/comment", "bob's own")
	e.refused(store.NotFound, e.bob.ID, "nothing", annotate(999, "/private/comment", note))
}

func testAnnotationsRemoved(e *env) {
	top := e.folder("Top", 0)
	below := e.folder("Below", top.ID)
	bobs := Role(e, e.s, e.bob.ID, store.Inbox)
	e.write(e.bob.ID, func(tx store.Tx) error {
		return tx.PutGrant(store.Grant{Collection: bobs.ID, Grantee: e.alice.ID, Rights: store.MayRead})
	})
	e.write(e.alice.ID, annotate(bobs.ID, "/a", []byte("alice's on bob's")))
	for _, c := range []store.CollectionID{e.in.ID, below.ID} {
		e.grant(c, e.bob.ID, store.MayRead)
		e.write(e.alice.ID, annotate(c, "/a", []byte("alice's")))
		e.write(e.bob.ID, annotate(c, "/a", []byte("bob's")))
	}
	e.write(e.alice.ID, func(tx store.Tx) error { return tx.RemoveCollection(top.ID) }) // Check finds what is left
	for _, acct := range []store.AccountID{e.alice.ID, e.bob.ID} {
		e.read(acct, func(r store.Reader) error {
			_, err := r.Annotations(below.ID)
			e.is(err, store.NotFound, "annotations on a removed collection")
			return nil
		})
		e.refused(store.NotFound, acct, "an annotation on a removed collection", annotate(below.ID, "/a", []byte("x")))
	}
	e.write(0, func(tx store.Tx) error { return tx.RemoveAccount(e.bob.ID) })
	e.annotated(e.alice.ID, e.in.ID, "/a", "alice's")
	e.read(e.alice.ID, func(r store.Reader) error {
		_, err := r.Annotations(bobs.ID)
		e.is(err, store.NotFound, "annotations on a removed account's collection")
		return nil
	})
}
