// Package protocols is what every listener shares: accepting connections within limits, deadlines that
// move while a connection is in use, connection ids, graceful stops, the keys of log records, and what HTTP
// services say about logging in.
//
// There are two forms. [Serve] runs a handler for each connection and returns when all have ended.
// [Listen] wraps a net.Listener for servers that accept for themselves, as net/http and go-smtp do; the
// connection that such a server hands on is found again with [From].
//
// A connection over a limit is given to [Options].Refuse, which may say why, and closed. Limits count
// network addresses as IPv4 addresses or IPv6 /64s.
package protocols
