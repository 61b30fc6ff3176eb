package sqlite

import "strings"

// run is a piece of a folded text that the tokenizer makes words of: letters and digits, or CJK characters.
type run struct {
	text         string
	cjk          bool
	begins, ends bool // where the whole text does: what stands beyond is not known
}

// cutRuns cuts a text into its runs.
func cutRuns(text string) (list []run) {
	const none, word, pairs = 0, 1, 2
	start, kind := 0, none
	end := func(at int) {
		if kind != none {
			list = append(list, run{text[start:at], kind == pairs, start == 0, at == len(text)})
		}
		start = at
	}
	for i, r := range text {
		k := none
		if isToken(r) {
			k = word
			if isCJK(r) {
				k = pairs
			}
		}
		if k != kind {
			end(i)
			kind = k
		}
	}
	end(len(text))
	return list
}

// slot is what stands at one place of a phrase in the index: any of some words, or what begins with one.
type slot struct {
	words  []string
	prefix bool
}

// slots are the places of the phrase that every text with the needle has in the index. Where the needle
// may begin or end inside of a word, find lists the words that it may be part of.
func slots(runs []run, find func(piece string, where wordPattern) ([]string, error)) (list []slot, err error) {
	for _, r := range runs {
		words := []string{r.text}
		switch {
		case r.cjk:
			list = append(list, cjkSlots(r)...)
			continue
		case r.begins && r.ends:
			words, err = find(r.text, inside)
		case r.begins:
			words, err = find(r.text, atEnd)
		case r.ends:
			words, err = find(r.text, atBegin)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, slot{words: words})
	}
	return list, nil
}

// cjkSlots are pairs, and, where the run ends in the needle and not with it, the last character alone.
func cjkSlots(r run) (list []slot) {
	last := ""
	for _, c := range r.text {
		if last != "" {
			list = append(list, slot{words: []string{last + string(c)}})
		}
		last = string(c)
	}
	if !r.ends || len(list) == 0 {
		list = append(list, slot{words: []string{last}, prefix: r.ends})
	}
	return list
}

// Bounds of what a needle becomes.
const (
	maxPhrases = 1024 // that the index is asked for
	fewPhrases = 256  // up to which the ways to write both ends of a needle are combined
)

// slotPhrases writes the phrases any of which a text with the needle has. whole is false when these are not
// all: then a text without them may have the needle too. Of several slots none is asked for when the smaller
// end alone is in too many texts: what is found would have to be looked at all the same.
func slotPhrases(list []slot) (all []string, whole bool) {
	single := len(list) == 1
	list = list[:min(len(list), maxQueryWords)]
	for len(list) > 1 && len(list[0].words)*len(list[len(list)-1].words) > fewPhrases {
		if len(list[0].words) > len(list[len(list)-1].words) { // the larger end is no condition
			list = list[1:]
		} else {
			list = list[:len(list)-1]
		}
	}
	first, last := list[0].words, list[len(list)-1]
	if len(list) == 1 {
		if whole = len(first) <= maxPhrases; !whole && !single {
			return nil, false
		}
		for _, w := range first[:min(len(first), maxPhrases)] {
			all = append(all, phrase(w, last.prefix))
		}
		return all, whole
	}
	var middle strings.Builder
	for _, s := range list[1 : len(list)-1] {
		middle.WriteString(s.words[0] + " ") // there is one
	}
	for _, a := range first {
		for _, b := range last.words {
			all = append(all, phrase(a+" "+middle.String()+b, last.prefix))
		}
	}
	return all, true
}

// phrase is words in a row in FTS5's language. They hold letters and digits only.
func phrase(words string, prefix bool) string {
	if prefix {
		return `"` + words + `" *`
	}
	return `"` + words + `"`
}
