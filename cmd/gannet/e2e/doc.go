// Package e2e drives the real binary the way an operator, other mail servers and phones do: it makes a data
// directory, adds accounts, serves, kills and stops it, and delivers mail to it by SMTP.
//
// [Binary] is a built gannet; [Binary.Init] makes a [Site], a data directory; [Site.Serve] runs a [Server]
// on free loopback ports. [Dial] is a plain SMTP client that tells exactly what was acknowledged, and
// [Letter] writes messages for it.
//
// The package's tests are the long stories: a phone's day, a server that is killed again and again under
// load, a disk that is full. cmd/gannet/load measures with the same tools.
package e2e
