package imap

// appendCommands are those that bring messages.
var appendCommands = map[string]command{}
