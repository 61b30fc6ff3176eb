// Package sasl is the server side of PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login) and
// SCRAM-SHA-256 with and without -PLUS (RFC 5802, RFC 7677) on top of package auth, for every protocol that has AUTH or
// AUTHENTICATE.
//
// SCRAM-SHA-256-PLUS binds the login to the TLS connection by tls-exporter (RFC 9266) or to the certificate by
// tls-server-end-point (RFC 5929), see [ChannelOn]; a client that could
// bind and was not told that we can ("y") is refused then. Input is bounded before it is looked at.
// Nobody may act for somebody else: an authorization identity is empty, the login, or the account's
// own address.
//
// Errors are auth's: auth.ErrCredentials, *auth.Throttled, or the store's; input that breaks the
// mechanism's grammar is [ErrSyntax].
package sasl
