// Package asclient is an Exchange ActiveSync client: for tests, scripts and load, and later for moving in
// from other servers.
//
// It shares nothing with the server but the WBXML codec, so that a mistake of the one is not hidden by the
// same mistake of the other: documents are plain trees ([Node]) here, built and read by name as
// MS-ASCMD writes them.
//
// Start with [Discover] or [New], then [Client.Setup], which does what a phone does when an account is
// added: OPTIONS, Provision, FolderSync. [Client.Sync] exchanges changes for one or several folders and
// keeps the replica ([Folder]) of each: what is in Folder.Items is what a phone would show. Every change
// that no correct server sends (an Add of an item that is there, a Delete of one that is not, a key used
// again) is noted in [Client.Violations].
//
// A Client is one device. Its methods may be called from one goroutine at a time, except [Client.Ping].
package asclient
