package imap

// notifyCommands is NOTIFY, RFC 5465.
var notifyCommands = map[string]command{}

// subscriptions is what NOTIFY asked for.
type subscriptions struct{}

// notifies reports whether NOTIFY watches the selected mailbox already.
func (s *session) notifies() bool { return false }

// stopWatching ends what NOTIFY began. The session is locked.
func (s *session) stopWatching() {}

// leftMailbox tells NOTIFY and the contexts of SEARCH that the selected mailbox is left.
func (s *session) leftMailbox() {}
