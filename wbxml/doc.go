// Package wbxml reads and writes WAP Binary XML 1.3 as restricted by MS-ASWBXML, the form in which
// Exchange ActiveSync sends its documents.
//
// It is purely syntactic: [Decoder] turns bytes into tokens, [Encoder] turns tokens into bytes, and the
// code pages are data (pages.go, with one constant per element: [AirSyncSync], [EmailSubject]). What a
// Sync request means is the business of activesync/wire. Both sides are streams: a value longer than
// [MaxData] is read through [Decoder.Value] and written with [Encoder.TextFrom] or [Encoder.OpaqueFrom],
// so a message of tens of megabytes passes through a few kilobytes of memory. Neither side allocates per
// token.
//
//	d := wbxml.NewDecoder(body, wbxml.Limits{})
//	for {
//		tok, err := d.Next()
//		if err == io.EOF {
//			break
//		}
//		...
//	}
//
// Documents come from the network. [Limits] bounds depth, number of elements, length of a value and size
// of the whole; every error of the decoder is a [*SyntaxError] that says where, by offset and path. An
// element that no code page names is not an error: it arrives with a [Tag] for which Known reports false,
// and [Decoder.Skip] passes over it with all it contains.
//
// # What is accepted
//
// Versions 1.1 to 1.3, any public identifier, the charsets UTF-8 (106), unknown (0) and US-ASCII (3), a
// string table of up to 64 KiB and references into it (STR_T) to strings of up to [MaxData], inline strings
// (STR_I), opaque data, page switches. ENTITY, LITERAL, PI, EXT and attributes do not occur in ActiveSync
// and are refused with [ErrUnsupported]. Bytes after the end of the root element are an error of its own,
// [ErrTrailing].
//
// # What is written
//
// The header 03 01 6A 00; a page switch where the page changes and nowhere else; the bare token for an
// element without content; strings inline. Text that may not stand in XML never leaves the encoder: see
// [Encoder.Text]. Decoding and encoding again gives the same bytes for every document in this form.
//
// [Dump] writes a document as readable lines, for logs and golden files, and [Undump] reads them back.
package wbxml
