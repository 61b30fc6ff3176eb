// Package doctor remembers what happened between the server and each device, and says it in plain words.
//
// A [Chart] is all of one device: its [Counters] since it was first seen, and its latest [Event]s, some dozens,
// with those that only repeat counted instead of kept. [Event.Sentence] makes the sentence that a person reads.
// Nothing here stores, waits or locks; who owns a chart guards it.
//
// A chart holds nothing of what messages say: no subjects, no addresses. Collections are named by number, and
// by name only when a sentence is made.
package doctor
