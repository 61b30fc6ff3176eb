package kql

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// now is a Saturday.
var now = time.Date(2024, 6, 15, 23, 30, 0, 0, time.FixedZone("", -7*3600))

func TestParse(t *testing.T) {
	tests := []struct{ query, want string }{
		{`lunch`, `text "lunch"`},
		{`lunch monday`, `and(text "lunch", text "monday")`},
		{`lunch AND monday`, `and(text "lunch", text "monday")`},
		{`lunch and monday`, `and(text "lunch", text "and", text "monday")`},
		{`"lunch on  monday"`, `text "lunch on  monday"`},
		{`“curly” „tief“`, `and(text "curly", text "tief")`},
		{`"not closed`, `text "not closed"`},
		{`lunch*`, `text "lunch"`},
		{`Doe, Jane;`, `and(text "Doe", text "Jane")`},
		{`a OR b c OR d`, `or(text "a", and(text "b", text "c"), text "d")`},
		{`a OR (b c) OR d`, `or(text "a", and(text "b", text "c"), text "d")`},
		{`(a OR b) c`, `and(or(text "a", text "b"), text "c")`},
		{`a NOT b`, `and(text "a", not(text "b"))`},
		{`a AND NOT b`, `and(text "a", not(text "b"))`},
		{`a -b +c`, `and(text "a", not(text "b"), text "c")`},
		{`e-mail - x`, `and(text "e-mail", text "-", text "x")`},
		{`NOT NOT a`, `not(not(text "a"))`},
		{`NOT (a OR b)`, `not(or(text "a", text "b"))`},
		{`a NEAR b ONEAR(n=4) c NEAR(4)d`, `and(text "a", text "b", text "c", text "d")`},

		{`from:anna`, `from "anna"`},
		{`FROM:Anna`, `from "Anna"`},
		{`from: anna`, `from "anna"`},
		{`from="Doe, Jane"`, `from "Doe, Jane"`},
		{`to:a cc:b bcc:c`, `and(to "a", cc "b", bcc "c")`},
		{`subject:q3 body:"the figures" attachment:plan.pdf`, `and(subject "q3", body "the figures", attachment "plan.pdf")`},
		{`participants:anna`, `or(from "anna", to "anna", cc "anna", bcc "anna")`},
		{`recipients:anna*`, `or(to "anna", cc "anna", bcc "anna")`},
		{`from:anna from:bo lunch`, `and(or(from "anna", from "bo"), text "lunch")`},
		{`from:anna sender:bo from:cy`, `or(from "anna", from "bo", from "cy")`},
		{`from:anna AND from:bo`, `and(from "anna", from "bo")`},
		{`from:anna -from:bo`, `and(from "anna", not(from "bo"))`},
		{`from:(anna OR bo) x`, `and(or(from "anna", from "bo"), text "x")`},
		{`from:(anna "b c" subject:d)`, `and(or(from "anna", from "b c"), subject "d")`},
		{`from<>anna`, `not(from "anna")`},
		{`from<>(anna OR bo)`, `not(or(from "anna", from "bo"))`},
		{`category:Work category:"Red one"`, `or(keyword "Work", keyword "Red one")`},

		{`kind:email x`, `and(all, text "x")`},
		{`kind:meetings`, `uid `},
		{`kind:email OR kind:tasks`, `or(all, uid )`},
		{`hasattachment:true`, `hasattachment`},
		{`HasAttachments:no`, `not(hasattachment)`},
		{`has:attachment`, `hasattachment`},
		{`importance:high importance:LOW`, `or(importance 1, importance -1)`},
		{`is:read`, `flag 1`}, {`is:unread`, `not(flag 1)`}, {`isread:false`, `not(flag 1)`},
		{`is:flagged`, `flag 4`}, {`is:draft OR is:replied`, `or(flag 16, flag 2)`},
		{`size>20KB size<=1mb`, `and(larger 20480, smaller 1048577)`},
		{`size:10`, `and(larger 9, smaller 11)`}, {`size:1kb..2kb`, `and(larger 1023, smaller 2049)`}, {`size>=0`, `all`},

		{`http://example.test/a?b=1`, `text "http://example.test/a?b=1"`},
		{`Re: 10:30`, `and(text "Re", text "10:30")`},
		{`colour:red`, `text "colour:red"`},
		{`colour:"dark red"`, `and(text "colour", text "dark red")`},
		{`hasattachment:maybe`, `text "hasattachment:maybe"`},
		{`received:soon is:"very old"`, `and(text "received:soon", text "very old")`},
		{`from>anna`, `text "from>anna"`},
		{`from:`, `text "from"`}, {`(from:)`, `text "from"`},

		{`(a`, `text "a"`}, {`a) b`, `and(text "a", text "b")`}, {`) ) a`, `text "a"`}, {`() a`, `text "a"`},
		{`OR a`, `text "a"`}, {`a OR`, `text "a"`}, {`a AND`, `text "a"`}, {`NOT`, `text "NOT"`}, {`OR OR`, `text "OR OR"`},
		{"a\x00b\tc", `and(text "a", text "b", text "c")`},
		{"\xff\xfe", "text \"\uFFFD\""},
	}
	for _, tt := range tests {
		k, err := Parse(tt.query, now)
		if err != nil || k.String() != tt.want {
			t.Errorf("%s\n got %v, %v\nwant %s", tt.query, k, err, tt.want)
		}
	}
}

func TestDates(t *testing.T) {
	tests := []struct{ query, want string }{
		{`received:today`, `on 2024-06-15`},
		{`received:yesterday`, `on 2024-06-14`},
		{`received:this week x`, `and(since 2024-06-10, before 2024-06-17, text "x")`},
		{`received:"last week"`, `and(since 2024-06-03, before 2024-06-10)`},
		{`received:lastmonth`, `and(since 2024-05-01, before 2024-06-01)`},
		{`received:this month`, `and(since 2024-06-01, before 2024-07-01)`},
		{`received:past year`, `and(since 2023-01-01, before 2024-01-01)`},
		{`received>=this year`, `since 2024-01-01`},
		{`received:this one`, `and(text "received:this", text "one")`},
		{`received:monday`, `on 2024-06-10`}, {`received:Saturday`, `on 2024-06-15`},
		{`received:may`, `and(since 2024-05-01, before 2024-06-01)`},
		{`received:august`, `and(since 2023-08-01, before 2023-09-01)`},
		{`received:2024-06-03`, `on 2024-06-03`}, {`received=6/3/2024`, `on 2024-06-03`}, {`received:13/6/2024`, `on 2024-06-13`},
		{`received:3.6.2024`, `on 2024-06-03`}, {`received:3-jun-2024`, `on 2024-06-03`}, {`received:20240603`, `on 2024-06-03`},
		{`received:2024-02`, `and(since 2024-02-01, before 2024-03-01)`},
		{`received:2023`, `and(since 2023-01-01, before 2024-01-01)`},
		{`received>2024-06-03`, `since 2024-06-04`}, {`received:>2024-06-03`, `since 2024-06-04`},
		{`received>=2024-06-03`, `since 2024-06-03`}, {`received<2024-06-03`, `before 2024-06-03`},
		{`received<=2024-02`, `before 2024-03-01`}, {`received>2024-02`, `since 2024-03-01`},
		{`received<>2024-06-03`, `not(on 2024-06-03)`},
		{`received>=2024-06-01 received<=2024-06-05`, `and(since 2024-06-01, before 2024-06-06)`},
		{`received:2024-06-01..2024-06-05`, `and(since 2024-06-01, before 2024-06-06)`},
		{`received:yesterday..today`, `and(since 2024-06-14, before 2024-06-16)`},
		{`received:2024-06-05..2024-06-01`, `text "received:2024-06-05..2024-06-01"`},
		{`received>=2024-06-03T10:30:00Z`, `from 2024-06-03T10:30:00Z`},
		{`received>2024-06-03T12:30+02:00`, `not(until 2024-06-03T10:30:00Z)`},
		{`received<2024-06-03T10:30`, `not(from 2024-06-03T10:30:00Z)`},
		{`received<="2024-06-03 10:30"`, `until 2024-06-03T10:30:00Z`},
		{`sent:yesterday`, `senton 2024-06-14`}, {`sent<2024`, `sentbefore 2024-01-01`}, {`sent:last week`, `and(sentsince 2024-06-03, sentbefore 2024-06-10)`},
		{`date:today`, `on 2024-06-15`},
		{`received:0000-01-01`, `text "received:0000-01-01"`},
	}
	for _, tt := range tests {
		k, err := Parse(tt.query, now)
		if err != nil || flat(k.String()) != flat(tt.want) {
			t.Errorf("%s\n got %v, %v\nwant %s", tt.query, k, err, tt.want)
		}
	}
}

// flat takes and(and(a, b), c) for and(a, b, c).
func flat(s string) string {
	if rest, ok := strings.CutPrefix(s, "and(and("); ok {
		inner, tail, _ := strings.Cut(rest, ")")
		return "and(" + inner + tail
	}
	return s
}

func TestBounds(t *testing.T) {
	for _, tt := range []struct {
		query string
		want  error
	}{
		{"", ErrEmpty}, {"  ", ErrEmpty}, {"()", ErrEmpty}, {`""`, ErrEmpty}, {",", ErrEmpty}, {")))", ErrEmpty},
		{strings.Repeat("a ", MaxTerms), nil}, {strings.Repeat("a ", MaxTerms+1), ErrComplex},
		{strings.Repeat("(", MaxDepth-1) + "a", nil}, {strings.Repeat("(", 1000) + "a", ErrComplex},
		{strings.Repeat("NOT ", 1000) + "a", ErrComplex}, {strings.Repeat("+", 1000) + "a", ErrComplex},
		{strings.Repeat("from:(", 1000) + "a", ErrComplex},
	} {
		if _, err := Parse(tt.query, now); !errors.Is(err, tt.want) {
			t.Errorf("%.30q: %v, want %v", tt.query, err, tt.want)
		}
	}
}

// FuzzParse expects of any text a key or one of the two errors, and the same each time.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`lunch`, `"a b" OR (c -d)`, `from:(a OR b) received:this week`, `received>=2024-06-03T10:30..today`, `size:1kb..2kb`,
		`NOT ((x`, `from<>"“`, `NEAR(n=3) a`, "\xff:\x00", `kind:`, `a:b:c`, `is:unread importance:high category:x`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		k, err := Parse(in, now)
		if err != nil {
			if !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrComplex) {
				t.Fatalf("%q: %v", in, err)
			}
			return
		}
		again, err := Parse(in, now)
		if err != nil || again.String() != k.String() {
			t.Fatalf("%q: %v, then %v (%v)", in, k, again, err)
		}
	})
}
