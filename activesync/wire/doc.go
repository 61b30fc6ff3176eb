// Package wire reads the requests of ActiveSync into values and writes its answers, over package wbxml: one
// file per command. It knows which elements a document has, in which order an answer must have them, and how
// each version spells them. It does no storage and no HTTP.
//
// # What is accepted
//
// Clients do not keep to the order of the schema, repeat elements and send ones of other versions. Readers
// take children in any order, let the last of a repeated single element win, and pass over unknown elements
// with all they contain. What remains wrong is a [*SchemaError]; a document that is no WBXML is a
// [*wbxml.SyntaxError]; no document at all is [ErrEmpty].
//
// Requests are bounded: the length of every text, the number of every repeated element.
package wire
