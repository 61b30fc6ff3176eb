// Package subscription keeps calendars that other people publish: a folder of an account whose events come from a URL.
//
// [Service.Subscribe] fetches a calendar for the first time and makes the folder, a store.Collection with the URL as its
// Source; from then on [Service.Run] keeps it up to date. The folder is the only list of what is subscribed to: whoever
// removes it, a phone too, ends the subscription. What is remembered of the last fetch is a setting of the account for
// each folder, so that a process may end at any time.
//
// # Fetching
//
// URLs are https (webcal is), or http at hosts that the operator names; what they lead to is a public address but for
// the same hosts (see package fetch). A fetch is conditional (RFC 9110, section 13), bounded in size, time and
// redirects, and a calendar that is byte for byte what it was is not looked at. How often is said by REFRESH-INTERVAL
// (RFC 7986, section 5.7), X-PUBLISHED-TTL or Cache-Control, between a quarter of an hour and a week; else between one
// hour and six, as often as there is news. After errors the waits grow to a day. Who says that a calendar is gone, or
// lets it be not found for days, is not asked again until somebody wants it.
//
// A URL may hold a secret. Nothing here writes more of it than the host into a log, an error or a state.
//
// # Applying
//
// A calendar is split by UID and compared with what the folder has, without what says only when something was written
// (DTSTAMP, CREATED, LAST-MODIFIED): many servers write a new DTSTAMP into everything each time. What changed, and
// nothing else, is written, some hundred events at a time. Events whose UID is new but that say what one says that is
// gone keep the old one: some servers make up a UID each time. Events without one get one made of title and start.
//
// A calendar that was cut off, or is empty where there were events, or is none changes nothing. An event that cannot be
// shown is left out and told, with its line; one that was there before stays as it was.
//
// # What it does not keep
//
// The account is nobody's guest because of what others publish: organizers and attendees are left out, and so are
// alarms. Tasks, notes and free times in a calendar are counted and left out. Such calendars make nobody busy.
package subscription
