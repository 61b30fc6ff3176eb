package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gannetmail/gannet/wbxml"
)

func TestReadSearch(t *testing.T) {
	got, err := ReadSearch(document(t, `Search:Search
  Search:Store
    Search:Options
      Search:Range "0-9"
      Search:RebuildResults
      Search:DeepTraversal
      Search:UserName "u"
      Search:Password "p"
      AirSync:MIMESupport "2"
      AirSyncBase:BodyPreference
        AirSyncBase:Type "1"
        AirSyncBase:TruncationSize "500"
      AirSyncBase:BodyPartPreference
        AirSyncBase:Type "2"
      Search:Picture
        Search:MaxPictures "5"
    Search:Query
      Search:And
        AirSync:Class "Email"
        AirSync:CollectionId "c1"
        Search:FreeText "lunch"
        Search:ConversationId x"01ff"
        Search:GreaterThan
          Email:DateReceived
          Search:Value "2026-08-01"
        Search:LessThan
          Search:Value "2026-09-01"
          Email:DateReceived
        Search:Or
          Email:From "x"
    Search:Name "Mailbox"
`))
	want := SearchRequest{
		Store: "Mailbox",
		Terms: []SearchTerm{{Op: SearchAnd, Terms: []SearchTerm{
			{Op: SearchClass, Value: "Email"}, {Op: SearchCollection, Value: "c1"}, {Op: SearchFreeText, Value: "lunch"},
			{Op: SearchConversation, Value: "\x01\xff"},
			{Op: SearchGreater, Tag: wbxml.EmailDateReceived, Value: "2026-08-01"},
			{Op: SearchLess, Tag: wbxml.EmailDateReceived, Value: "2026-09-01"},
			{Op: SearchOr, Terms: []SearchTerm{{Tag: wbxml.EmailFrom}}},
		}}},
		Options: SearchOptions{
			Range: "0-9", Rebuild: true, DeepTraversal: true, Picture: &PictureRequest{-1, 5},
			Form: Options{
				MIMESupport: 2, Bodies: []BodyPreference{{Type: 1, Truncation: 500}}, BodyParts: []BodyPreference{{Type: 2, Whole: true}},
			},
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = ReadSearch(document(t, "Search:Search\n  Search:Store\n    Search:Name \"GAL\"\n    Search:Query \"ann\"\n    Search:Options\n      Search:Picture\n"))
	want = SearchRequest{Store: "GAL", Text: "ann", Options: SearchOptions{Picture: &PictureRequest{-1, -1}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestSearchBounds refuses queries that cost too much to read.
func TestSearchBounds(t *testing.T) {
	doc := func(query string) string {
		return "Search:Search\n  Search:Store\n    Search:Name \"Mailbox\"\n    Search:Query\n" + query
	}
	var deep, wide strings.Builder
	for n := range maxSearchDepth + 2 {
		deep.WriteString(strings.Repeat(" ", 6+2*n) + "Search:And\n")
	}
	for range maxSearchTerms + 1 {
		wide.WriteString("      Search:FreeText \"a\"\n")
	}
	for name, query := range map[string]string{
		"deep": deep.String(), "wide": wide.String(), "long": "      Search:FreeText \"" + strings.Repeat("a", MaxText+1) + "\"\n",
	} {
		if _, err := ReadSearch(document(t, doc(query))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	var schema *SchemaError
	if _, err := ReadSearch(document(t, "Search:Search\n  Search:Store\n    Search:Name \"GAL\"\n    Search:Query \""+strings.Repeat("a", MaxText+1)+"\"\n")); !errors.As(err, &schema) {
		t.Errorf("long text: %v", err)
	}
}

func TestReadFind(t *testing.T) {
	got, err := ReadFind(document(t, `Find:Find
  Find:ExecuteSearch
    Find:MailBoxSearchCriterion
      Find:Options
        Find:DeepTraversal
        Find:Range "0-9"
      Find:Query
        AirSync:CollectionId "c1"
        Find:FreeText "from:otto"
        AirSync:Class "Email"
  Find:SearchId "{1}"
`))
	want := FindRequest{SearchID: "{1}", Text: "from:otto", Class: "Email", CollectionID: "c1", Range: "0-9", Deep: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	got, err = ReadFind(document(t, "Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n    Find:GalSearchCriterion\n      Find:Query \"ann\"\n      Find:Options\n        Find:Picture\n          Find:MaxSize \"9\"\n"))
	want = FindRequest{SearchID: "{1}", Directory: true, Text: "ann", Picture: &PictureRequest{9, -1}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	both := "Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n    Find:GalSearchCriterion\n      Find:Query \"ann\"\n    Find:MailBoxSearchCriterion\n      Find:Query\n        Find:FreeText \"x\"\n"
	var schema *SchemaError
	if _, err := ReadFind(document(t, both)); !errors.As(err, &schema) {
		t.Errorf("both criteria: %v", err)
	}
}

// FuzzSearch reads any document as a Search and as a Find: what is accepted is within the bounds.
func FuzzSearch(f *testing.F) {
	for _, dump := range []string{
		"Search:Search\n  Search:Store\n    Search:Name \"GAL\"\n    Search:Query \"ann\"\n    Search:Options\n      Search:Range \"0-9\"\n      Search:Picture\n",
		"Search:Search\n  Search:Store\n    Search:Name \"Mailbox\"\n    Search:Query\n      Search:And\n        Search:Or\n          Search:FreeText \"a\"\n        Search:LessThan\n          Email:DateReceived\n          Search:Value \"2026\"\n",
		"Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n    Find:MailBoxSearchCriterion\n      Find:Query\n        Find:FreeText \"x\"\n",
		"Find:Find\n  Find:SearchId \"{1}\"\n  Find:ExecuteSearch\n    Find:GalSearchCriterion\n      Find:Query \"x\"\n      Find:Options\n        Find:Picture\n          Find:MaxSize \"9\"\n",
	} {
		var b bytes.Buffer
		if err := wbxml.Undump(&b, strings.NewReader(dump)); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if q, err := ReadSearch(bytes.NewReader(raw)); err == nil {
			if n := countTerms(q.Terms); q.Store == "" || n > maxSearchTerms || len(q.Text) > MaxText {
				t.Errorf("accepted %d terms, store %q", n, q.Store)
			}
		}
		if q, err := ReadFind(bytes.NewReader(raw)); err == nil && len(q.Text) > MaxText {
			t.Errorf("accepted %d bytes", len(q.Text))
		}
	})
}

func countTerms(terms []SearchTerm) int {
	n := len(terms)
	for i := range terms {
		n += countTerms(terms[i].Terms)
	}
	return n
}
