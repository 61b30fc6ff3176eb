// Package archive reads and writes the folders and messages of a mailbox where it lies in files: Maildir++
// (https://cr.yp.to/proto/maildir.html and Courier's folders), mbox in its variants (RFC 4155, mboxo, mboxrd, mboxcl,
// mboxcl2; Thunderbird's and Apple's folders of them) and trees of .eml files.
//
// A [Source] has folders, a [Folder] has messages, a [Message] has marks, a date, bytes and a Key under which it is
// found again when the same source is read later. Whatever the size of a source, only a few of its messages are
// held at a time. Something that cannot be read becomes a message with Refused set and never ends its folder.
//
// [NewTarget] writes the same forms. What it writes is read again without loss: bytes, marks, dates and folder names,
// where the form itself has no place for them, are kept in files named gannet.json and the like beside the messages.
//
// Bytes are kept as they are, but for line ends: see [LineEnds].
package archive
