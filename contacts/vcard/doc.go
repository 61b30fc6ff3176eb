// Package vcard reads and writes cards: vCard 2.1, 3.0 and 4.0 are read, with whatever programs do wrong in them, and
// become 4.0 (RFC 6350); 3.0 (RFC 2426) is written for those who need it.
//
// A [Card] is a list of [Field]s in their order. What is not known is kept, parameters and groups included; a field that
// is not changed is written as it was read. What had to be mended is told as a [Problem].
//
// # Bounds
//
// [Limits] bound what is read: bytes, fields of a card, cards of a file. Work and memory are linear in the size.
//
// # Refuses to do
//
// The package does no I/O beyond the reader that it is given, never follows an address in a card, and knows nothing of
// pictures but their bytes.
package vcard
