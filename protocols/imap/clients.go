package imap

// builtinWithout is what known clients are known to stumble over, with the source of each.
var builtinWithout = []Without{}
