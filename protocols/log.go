package protocols

// Keys of log records. A connection's logger carries the first three, then account and device once known.
const (
	LogProto   = "proto"   // "smtp", "imap", …
	LogConn    = "conn"    // [Conn.ID]
	LogRemote  = "remote"  // network address of the client
	LogAccount = "account" // primary address
	LogDevice  = "device"  // the id that the client calls itself
	LogError   = "error"
)
