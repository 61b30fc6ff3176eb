// Package fetch makes the clients with which the server asks other people's web servers for files whose addresses it
// was told by somebody: lists of revoked certificates, calendars. Such an address must not lead into the network in
// which the server stands (server-side request forgery), nor may what it leads to be more than can be taken.
//
// [Client] looks at every address when the connection is made, so that no name can lead elsewhere than it seemed to;
// it knows no proxy and no cookies. What else a URL must be, also after a redirect, is the caller's to say in
// [Options.Refuse]. [Body] reads an answer within bounds. [Cause] takes the URL out of an error: it may hold a secret.
package fetch
