package contacts

import (
	"strings"
	"testing"
)

func TestResolve(t *testing.T) {
	c := newCompany(t)
	anna := c.hire("anna", "Anna Berg")
	bert := c.hire("bert", "Bert")
	c.hire("berta", "Bert Ander")
	c.alias("sales", anna, bert)
	tests := []struct {
		text  string
		limit int
		want  string
		total int
	}{
		{"anna@example.test", 10, "anna", 1}, {"Anna Berg <anna@example.test>", 10, "anna", 1}, {" <ANNA@example.test> ", 10, "anna", 1},
		{"Anna", 10, "anna", 1}, {"sales", 0, "sales", 1}, {"sales@example.test", 10, "sales", 1},
		{"bert", 10, "bert", 1}, {"ber", 10, "anna bert berta", 3}, {"ber", 2, "anna bert", 3}, {"ber", 0, "", 3},
		{"bert@exam", 10, "bert", 1}, {"nobody@example.test", 10, "", 0}, {"anna@other.test", 10, "", 0}, {"x", 10, "", 0}, {"", 10, "", 0}, {"<", 10, "", 0},
	}
	for _, tt := range tests {
		people, total, err := c.Resolve(t.Context(), tt.text, tt.limit)
		must(t, err)
		var names []string
		for _, p := range people {
			names = append(names, p.Alias)
		}
		if got := strings.Join(names, " "); got != tt.want || total != tt.total {
			t.Errorf("Resolve(%q, %d) = %q of %d, want %q of %d", tt.text, tt.limit, got, total, tt.want, tt.total)
		}
	}
}
