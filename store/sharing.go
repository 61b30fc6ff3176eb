package store

import (
	"fmt"
	"strings"
)

// Rights are what somebody may do with a collection: a set. RFC 4314, section 2.1, whose letters stand
// beside. An account has [AllRights] on its own collections, whatever is granted to others.
type Rights uint16

// The rights, in the order of RFC 4314.
const (
	MayLookup     Rights = 1 << iota // l: see that it is there
	MayRead                          // r: read its entries
	MayKeepSeen                      // s: change Seen
	MayWrite                         // w: change flags and keywords other than Seen and Deleted
	MayInsert                        // i: add, copy and move into it
	MayPost                          // p: send mail to it
	MayCreate                        // k: create collections below it
	MayRemove                        // x: remove or rename it
	MayDelete                        // t: change Deleted
	MayExpunge                       // e: remove what is Deleted
	MayAdminister                    // a: read and change its grants
	AllRights            = MayAdminister<<1 - 1

	// MaySeeTimes is a right of this server's own: to see of events when they are and nothing else. RFC 4314,
	// section 2.1, leaves digits to implementations. It is no part of AllRights, since MayRead says more.
	MaySeeTimes Rights = MayAdminister << 1
)

// rightLetters has the letter of right 1<<n at n.
const rightLetters = "lrswipkxtea0"

// ParseRights reads a set of letters in any order, such as "lrs". The letters of the standard before
// stand for several rights: c for k and x, d for t and e, the first of the two readings that RFC 4314,
// section 2.1.1, allows: who may delete messages may not remove the collection. Any other letter is
// Invalid.
func ParseRights(letters string) (Rights, error) {
	var r Rights
	for i := range len(letters) {
		switch k := strings.IndexByte(rightLetters, letters[i]); {
		case k >= 0:
			r |= 1 << k
		case letters[i] == 'c':
			r |= MayCreate | MayRemove
		case letters[i] == 'd':
			r |= MayDelete | MayExpunge
		default:
			return 0, fmt.Errorf("rights %.32q: %w", letters, Invalid)
		}
	}
	return r, nil
}

// String returns the letters of the set in the order "lrswipkxtea0".
func (r Rights) String() string {
	letters := make([]byte, 0, len(rightLetters))
	for k := range len(rightLetters) {
		if r&(1<<k) != 0 {
			letters = append(letters, rightLetters[k])
		}
	}
	return string(letters)
}

// Grant says what an account may do with a collection of another one.
type Grant struct {
	Collection CollectionID
	Grantee    AccountID // 0: every account of this server
	Rights     Rights
}

// Shared is a collection of another account, with what the account that asks may do with it: the union
// of what was granted to itself and to everyone.
type Shared struct {
	Collection
	Rights Rights
}
