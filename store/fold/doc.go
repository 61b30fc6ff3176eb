// Package fold compares text the way that search does: without case, without accents, without regard to
// how many blanks stand between words.
//
// [String] is the comparator's form of a text: text contains a needle when String(text) contains
// String(needle). The full-text index is made of the same form, so what the index says and what a walk
// through the text finds agree. [Finder] looks for a needle in a text of any length with bounded memory.
//
// The form is Unicode's compatibility composition (NFKC: full-width letters, ligatures, half-width kana)
// of the full case folding (ß is ss), without combining marks of alphabets (accents, Hebrew and Arabic
// vowel points) and without characters that cannot be seen (soft hyphens, joiners, marks of direction).
// Marks that make another letter stay: those of kana and of the scripts of India and South-East Asia.
package fold
