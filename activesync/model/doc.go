// Package model holds a whole ActiveSync server to what three devices of different versions may be told.
//
// Its test lets devices of 2.5, 14.1 and 16.1 and somebody else work on one account at random: they synchronise,
// mark, move, remove, write drafts, send, create folders, wait, estimate and fetch, while mail arrives, filters pass
// and flags change. In calendars, address books, tasks and notes they add, change and remove, whole, in parts or one
// occurrence of a series, while somebody else does the same there. Answers are lost, requests come twice, late, cut in
// half or two at a time, and the server starts anew or dies beside a commit.
//
// Nothing here asks the server's code what it would say. A device keeps what it was told and nothing else; before each
// answer the model works out, from what the store holds and what the device knows, which commands may come and which
// must, and then writes that answer itself, value by value, in the order and with the elements that the version of
// the protocol has. The two must be equal to the byte. Where the server may choose (which of what is new comes first,
// the name of a key) the model takes the choice and checks that it was one; see leeway in expect_test.go for the few
// things that may be told though a device could know them.
//
// An event, a card, a task or a note is a few fields to the model (kind_test.go). From these it writes the iCalendar or
// vCard that somebody else puts into the store, reads what the server has made of it with a reader of its own, works out
// what a device's change makes of them, and writes the elements that each version is told. What a device holds is kept
// likewise, and a change of its own is to be told to it exactly when it does not know already what became of it.
//
// A run is made of a seed, which is printed with what was compared. `make model` is the long one; `go test -run Model
// -model.seed N -model.steps M` repeats one. When an answer is wrong the last steps are printed with their documents.
package model
