// Package model holds a whole ActiveSync server to what three devices of different versions may be told.
//
// Its test lets devices of 2.5, 14.1 and 16.1 and somebody else work on one account at random: they synchronise,
// mark, move, remove, write drafts, send, create folders, wait, estimate and fetch, while mail arrives, filters pass
// and flags change. Answers are lost, requests come twice, late, cut in half or two at a time, and the server starts
// anew or dies beside a commit.
//
// Nothing here asks the server's code what it would say. A device keeps what it was told and nothing else; before each
// answer the model works out, from what the store holds and what the device knows, which commands may come and which
// must, and then writes that answer itself, value by value, in the order and with the elements that the version of
// the protocol has. The two must be equal to the byte. Where the server may choose (which of what is new comes first,
// the name of a key) the model takes the choice and checks that it was one; see leeway in expect_test.go for the few
// things that may be told though a device could know them.
//
// A run is made of a seed, which is printed with what was compared. `make model` is the long one; `go test -run Model
// -model.seed N -model.steps M` repeats one. When an answer is wrong the last steps are printed with their documents.
package model
