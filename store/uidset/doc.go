// Package uidset holds sets of UIDs, and of other numbers from 1 to 4,294,967,295, as ranges.
//
// Start from [Set]. It is never expanded: what it costs is the number of its ranges, so all messages of a mailbox
// without holes are one range, however many they are. Sets are values; no operation changes one.
package uidset
