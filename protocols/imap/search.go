package imap

// searchCommands are SEARCH and its sisters.
var searchCommands = map[string]command{}
