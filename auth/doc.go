// Package auth answers "who is this?" for every listener.
//
// A [Service] checks passwords ([Service.Verify]) and SCRAM-SHA-256 proofs ([Service.SCRAM]), sets main
// passwords, makes and revokes application passwords, and says which addresses an account may send as.
//
// # Credentials
//
// The main password is kept as an argon2id PHC string and, for SCRAM, as the verifier of RFC 5803. A
// password whose stored parameters are not today's is hashed anew at the next login. An application
// password is a generated secret of 100 bits, so a plain salted SHA-256 keeps it safe and checking it
// costs microseconds. It may be limited to some protocols.
//
// Phones send Basic credentials with every request. A password that was found right is remembered for
// [Options.CacheFor] under a keyed digest; each use is still compared with the credential as it stands
// in the store (one snapshot, three point reads), so a change, a revocation or a disabled account holds
// from the next request on, whoever made it.
//
// # Throttle
//
// All listeners share one throttle. It charges a guess before checking it and gives the charge back
// when the guess was right, so parallel guesses gain nothing. Who is charged depends on the origin:
//
//   - A device or network address that logged in to the account before is known. Its wrong guesses
//     slow down only itself, at this account, for minutes at most. They never count against the
//     address or the account. A device where it was before is not slowed by who borrows its id elsewhere;
//     all who do, and the device itself at a new address, are slowed together.
//   - From elsewhere a wrong guess counts for the address (IPv4 /32, IPv6 /64), for the pair of account
//     and address, and for the account. Each has some free guesses, then a wait that doubles.
//
// The same wrong password from the same origin is one guess however often it comes: a phone with an
// old password is answered from memory, slower as it insists, and its owner's corrected password is
// checked at once. Unknown logins are treated as known ones in every respect, the hashing included.
// Strangers get half of the hashing, so that guessing from everywhere does not keep out who is known.
package auth
