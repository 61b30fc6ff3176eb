// Package policy is what an operator decides about devices: what they must agree to before they get data, which
// of them are let in at all, and what became of those that were to be wiped.
//
// [Rules] are what one level says: the server, a group (an alias that leads to the account), the account, the
// device. [Levels] are all those that concern an account, and [Levels.For] makes the [Policy] of one of its
// devices out of them, each value with the level that it comes from. A policy knows how a document of any
// version is written, and what the server itself sees to. MS-ASPROV.
//
// [Access] are the rules by which a new device is let in, kept waiting or kept out. [Wipe] moves a remote wipe
// from one state to the next, and [Record] remembers for good what happened to a device, by whose decision.
//
// All of it is kept as settings of the store, as JSON. The package does no network, sends nothing and keeps
// nothing in memory.
package policy
