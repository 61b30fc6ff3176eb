package imap

// mailboxCommands are the commands on the tree of mailboxes.
var mailboxCommands = map[string]command{}
