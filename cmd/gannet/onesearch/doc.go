// Package onesearch holds the promise that there is one search: its tests ask the same of IMAP's SEARCH and of
// ActiveSync's Search and Find, over their wires, and expect the same messages.
//
// Queries are made at random, each written in the words of both; a run is made of a seed, which is printed when it fails.
package onesearch
