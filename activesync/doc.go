// Package activesync serves Exchange ActiveSync: a phone's mail, calendars, contacts, tasks and notes over HTTP.
// [Handler] is the http.Handler of /Microsoft-Server-ActiveSync; [Options] say what it works on.
//
// Specifications: MS-ASHTTP (transport), MS-ASWBXML (by package wbxml), MS-ASCMD (commands), MS-ASPROV
// (policy and remote wipe), MS-ASEMAIL and MS-ASAIRS (messages), MS-ASCAL (calendars), MS-ASCNTC
// (contacts), MS-ASTASK and MS-ASNOTE.
//
// # How a request runs
//
// handler.go takes it through the checks in the order that clients expect: method, credentials, the request
// line (query.go), the device (device.go, access.go), the policy key (policy.go), the body. What passes is a [request];
// the row of its command in command.go says which method runs it. Typed requests and the order of elements
// are the business of wire; a command reads one, asks the store, and writes its answer through [answer].
//
// An error that a command returns becomes the status of the answer by the tables in status.go, as long as
// nothing has been sent; afterwards the connection is cut, so that no client takes half an answer for a
// whole one. Up to 12.1 a status of 100 and more is an HTTP code, from 14.0 on it is the Status element.
//
// # State
//
// What a device has been told is kept in the store, by device and key (store.Tx.PutState), bounded and mostly
// a few hundred bytes each; so is what it has just sent (sent.go) and moved (movememory.go), to know a
// request whose answer was lost. In memory there is only what may be forgotten: which request of a device
// waits (lease.go), how fast it asks (throttle.go), how often it provisions, what its searches found
// (searchmemory.go), the policies as last read, and what happened to it (chart.go, record.go; package doctor puts
// it into words). What it cost and how long its network lets it wait (heartbeat.go) is written now and then.
// DESIGN.md has the reasons behind the state of Sync. What depends on the kind of client is a row of quirks.go.
//
// # Whose folders
//
// Beside the account's own collections a device is shown those that other accounts lend it. reach.go finds a
// collection for a request, with what may be done there, and hands out a Reader or Tx of its owner's data and the
// device's state; no command looks for a collection by another way. What a device may not write it is told to take
// back (refused.go), what it may not see is taken out of objects (veil.go). ADR 0014.
//
// # What is implemented
//
// Mail, calendars, contacts and tasks at every version from 2.5 to 16.1, notes from 14.0 on. Files are named by class:
// email*.go, event*.go and meeting*.go, contact*.go, task.go, note.go; what the classes but mail have in common is
// object*.go (ADR 0013). The table of commands is in command.go, and a row without
// a method is neither advertised nor answered. By version:
//
//   - 2.5: bodies and attachments of the Email class, GetAttachment, GetHierarchy, the policy as XML
//   - 12.0: AirSyncBase bodies, ItemOperations, Settings, follow-up flags
//   - 12.1: base64 request lines, empty and partial Sync, Wait
//   - 14.0: SendMail, SmartReply and SmartForward in WBXML, conversations, categories, HeartbeatInterval
//   - 14.1: DeviceInformation in Provision, Accounts in UserInformation, BodyPart
//   - 16.0: Drafts both ways, files included, and Send (draftmake.go, draftcommands.go)
//   - 16.1: AccountOnlyRemoteWipe, Find
//
// An invitation is told as far as its calendar part tells it (emailmeeting.go); a message that cannot be shown comes in
// the best form that can be had, and is remembered (emailladder.go, emailreduced.go).
//
// Settings tells the truth about what is not there: recovery passwords are refused (7), rights management is
// disabled (168). Automatic replies are the business of mail/autoreply.
// People and their certificates are those of package contacts; when they are free, package calendar reads in their
// calendars.
//
// # Refuses to do
//
// It does not demand a policy unless an operator has set one (package policy), never erases a device unless its operator asked for
// that by name, keeps no list of what a device holds, and does not follow links to document libraries.
package activesync
