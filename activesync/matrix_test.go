package activesync

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
)

// baseVersion is what a call speaks that names no version. `make test` runs the package once at each.
var baseVersion = V141

func init() {
	flag.Func("eas.version", "protocol version of requests that name none, such as 12.1 (default 14.1)", func(text string) error {
		v, ok := ParseVersion(text)
		if !ok {
			return errors.New("no version of the protocol")
		}
		baseVersion = v
		return nil
	})
}

// needs skips a test of what older versions do not have.
func (r *rig) needs(v Version) {
	r.t.Helper()
	if baseVersion < v {
		r.t.Skipf("%v does not have it, %v and newer do", baseVersion, v)
	}
}

// until skips a test of what newer versions no longer have.
func (r *rig) until(v Version) {
	r.t.Helper()
	if baseVersion > v {
		r.t.Skipf("%v no longer has it, %v and older do", baseVersion, v)
	}
}

// small completes a call to one for something small: what the account is called, or its folders at 2.5, which has no
// Settings.
func small(c call) call {
	if cmp.Or(c.version, baseVersion) < V120 {
		c.cmd, c.body = "FolderSync", lines("FolderHierarchy:FolderSync", `>FolderHierarchy:SyncKey "0"`)
	} else {
		c.cmd, c.body = "Settings", userInformation
	}
	return c
}

// outcome is the status of an answer as a whole, "HTTP 403" of one without a document.
func (a reply) outcome() string {
	for line := range strings.Lines(a.dump) {
		tag, text, _ := strings.Cut(strings.TrimRight(line, "\n"), " \"")
		if strings.HasPrefix(tag, "  ") && !strings.HasPrefix(tag, "   ") && strings.HasSuffix(tag, ":Status") {
			return strings.TrimSuffix(text, `"`)
		}
	}
	return fmt.Sprint("HTTP ", a.code)
}

// codes are the HTTP codes that stand for common statuses up to 12.1. MS-ASCMD, Common Status Codes.
var codes = map[int]int{
	101: 400, 102: 400, 103: 400, 104: 400, 107: 400, 108: 400, 109: 400, 110: 500, 119: 500, 120: 500, 129: 403, 140: 449, 141: 449, 142: 449, 143: 449, 144: 449,
	150: 400, 177: 403,
}

// common is how baseVersion says one of the statuses that all commands share.
func common(status int) string { return commonAt(baseVersion, status) }

// commonAt is how a version says one of the statuses that all commands share: up to 12.1 by an HTTP code.
func commonAt(v Version, status int) string {
	if v < V140 {
		return fmt.Sprint("HTTP ", codes[status])
	}
	return fmt.Sprint(status)
}

// nothing reports whether a Sync had nothing to say: an answer without a body, before 12.1 a collection with no commands.
func (a syncReply) nothing() bool {
	if baseVersion >= V121 {
		return len(a.body) == 0
	}
	return a.status() == "1" && a.c.at("AirSync:Commands") == nil && a.c.at("AirSync:Responses") == nil
}

// once skips a long test that names its versions itself, so that it is the same at every baseVersion, at all but one.
func once(t *testing.T) {
	t.Helper()
	if baseVersion != V141 {
		t.Skip("it is run at 14.1, and names its versions itself")
	}
}
