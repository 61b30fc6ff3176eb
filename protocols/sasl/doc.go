// Package sasl is the server side of PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login) and
// SCRAM-SHA-256 (RFC 5802, RFC 7677) on top of package auth, for every protocol that has AUTH or
// AUTHENTICATE.
//
// SCRAM is without channel binding: -PLUS is not offered, a client that asks for it ("p=") is refused,
// and one that only says that it could ("y") is welcome. Input is bounded before it is looked at.
// Nobody may act for somebody else: an authorization identity is empty, the login, or the account's
// own address.
//
// Errors are auth's: auth.ErrCredentials, *auth.Throttled, or the store's; input that breaks the
// mechanism's grammar is [ErrSyntax].
package sasl
