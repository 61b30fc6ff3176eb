// Package smime says whether a certificate is good for mail: what RFC 5280 and RFC 8550 ask of the chain that it
// belongs to, and whether anybody took it back.
//
// [Parse] reads a certificate, [Check] says whether it may be kept as somebody's, and a [Validator] finds out
// what is wrong with one, if anything: an [Outcome], in the distinctions of MS-ASCMD, Status (ValidateCert).
//
// # Revocation
//
// Only by lists (CRLs, RFC 5280 section 5), and only of certificates whose chain ends at a root that is trusted:
// nobody can make the server ask for an address by handing in a certificate of their own. [Revocations] fetches
// over http from public addresses only, in bounded time and size. A list counts if the issuer of the certificate
// signed it and it is neither a delta nor an indirect one. OCSP is not asked.
//
// # Refuses to do
//
// It does not fetch missing issuers (Authority Information Access), checks no signatures of messages and has no
// keys.
package smime
