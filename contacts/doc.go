// Package contacts knows people. [Directory] is the company's address list (the global address list of
// Exchange): the accounts of this server and the lists among its aliases, found by the beginnings of
// names, with photos and certificates for encrypted mail.
//
// # Who is in the address list
//
// Every account that is neither disabled nor hidden, every [Group] that is not hidden, and every other alias that leads
// to several accounts, a list without a name of its own. An alias of one account is another name of its owner and
// finds that person. Hidden ones still have their mail; they only are not shown.
//
// What is known of a person beyond the account's address and display name is kept in the account's
// settings (store.Directory.Setting):
//
//	person                     JSON, see [Properties]
//	photo                      JPEG, see [MakePhoto]
//	certificate/<fingerprint>  DER; the name is the SHA-256 of it in hexadecimal
//	hidden                     present: not shown
//
// # Matching
//
// Text is compared in the form of store/fold. Each word that somebody types must be the beginning of a word
// of a name, of an alias or of an address. People come in the order of their display names.
//
// # Cards
//
// People keep cards of their own, in collections of class store.Contacts, as vCard 4.0 (package vcard). [Ingest] puts
// one there, [Books] finds who is known. What a card says of somebody it may say in several ways, in the words of
// RFC 6350 and in those of other programs: [NameOf], [FileAs], the [Attribute]s, [Addresses], [Categories] and [Picture]
// read them all, and what sets them leaves a card as it is where that already says so.
//
// # Refuses to do
//
// It sends no mail, knows no protocol and no passwords. A person's own address books are not part of the
// company's list.
package contacts
