// Package storetest holds every engine to the contract of package store, and gives everyone's tests a
// store.
//
// [Run] is the suite: each engine's own tests call it. [New] opens an empty SQLite store in a test's
// temporary folder, and [Account], [Role], [Stage] and [Add] fill it.
package storetest
