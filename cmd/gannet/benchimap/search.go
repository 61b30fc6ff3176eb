package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
)

// searches are what is looked for; %s is another word in each round. What is behind a word of the mailbox says how
// many messages have it.
var searches = []struct {
	what, program string
	word          func(round int) string
}{
	{"SEARCH SUBJECT, a word of one message in 1,000", "SUBJECT %s", subjectMarker},
	{"SEARCH SUBJECT, a word of one in 16", "SUBJECT %s", func(int) string { return common }},
	{"SEARCH SUBJECT, inside of a word", "SUBJECT %s", func(round int) string { return subjectMarker(round + 7)[2:9] }},
	{"SEARCH FROM, a name", "FROM %s", func(round int) string { return names[round%len(names)] }},
	{"SEARCH BODY, a word of one in 1,000", "BODY %s", marker},
	{"SEARCH BODY, inside of a word", "BODY %s", func(round int) string { return marker(round + 7)[3:10] }},
	{"SEARCH BODY, a word of most", "BODY %s", func(int) string { return common }},
	{"SEARCH TEXT, a word of one in 1,000", "TEXT %s", marker},
	{"SEARCH BODY, a word of none", "BODY %s", func(round int) string { return fmt.Sprintf("nowhere%dfound", round) }},
	{"SEARCH UNSEEN SINCE", "UNSEEN SINCE %s", func(int) string { return "1-Jan-2021" }},
}

func searchRows(b *bench) (all []row) {
	for _, s := range searches {
		all = append(all, ms("%s of %d", s.what, b.messages))
	}
	return all
}

func doSearch(ctx context.Context, b *bench, s *side, round int) (figures []float64, proof string, err error) {
	c, err := s.selected(ctx, reader, "INBOX")
	if err != nil {
		return nil, "", err
	}
	defer c.conn.Close()
	var found []string
	for _, search := range searches {
		hits := 0
		count := func(line []byte) {
			if bytes.HasPrefix(line, []byte("* SEARCH")) {
				hits += bytes.Count(line, []byte(" ")) - 1
			}
		}
		took, err := timed(func() error {
			_, err := c.each(count, "UID SEARCH "+search.program, search.word(round))
			return err
		})
		if err != nil {
			return nil, "", err
		}
		figures, found = append(figures, took), append(found, fmt.Sprint(hits))
	}
	return figures, "hits " + strings.Join(found, " "), c.logout()
}
