package mail

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/gannetmail/gannet/store"
)

// A rule for a conversation says in which collection its messages are to be, also those that are still to
// come. It ends with its conversation, with the collection, or when it has moved nothing for ruleLife. An
// account has no more than MaxConversationRules; a further one takes the place of that longest unused.

const (
	// MaxConversationRules is how many conversations of one account have a rule.
	MaxConversationRules = 500
	// ruleLife is how long a rule stays that moves nothing.
	ruleLife = 2 * 365 * 24 * time.Hour
	// rulePrefix begins the names of the settings that hold rules; the number of the thread follows.
	rulePrefix = "conversation/"
)

// A conversationRule is kept as JSON in a setting of the account.
type conversationRule struct {
	Folder store.CollectionID `json:"folder"`
	Used   int64              `json:"used"` // when it was made or moved a message last, in days since 1970
}

func ruleName(thread store.ThreadID) string { return rulePrefix + strconv.FormatInt(int64(thread), 10) }

func ruleDay(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// FollowConversation makes messages of the conversation that are delivered from now on go to a collection of
// the transaction's account instead of the Inbox; the Inbox itself ends that. Messages that are there
// already stay where they are.
func FollowConversation(tx store.Tx, thread store.ThreadID, to store.Collection, now time.Time) error {
	if to.Role == store.Inbox {
		return tx.PutSetting(to.Account, ruleName(thread), nil)
	}
	if err := makeRoomForRule(tx, to.Account, ruleName(thread), now); err != nil {
		return fmt.Errorf("rules for conversations: %w", err)
	}
	return putRule(tx, to.Account, thread, conversationRule{Folder: to.ID, Used: ruleDay(now)})
}

// ConversationFolder returns the collection that messages of the conversation are to go to, store.NotFound
// when there is no rule for it.
func ConversationFolder(r store.Reader, acct store.AccountID, thread store.ThreadID) (store.CollectionID, error) {
	rule, err := readRule(r, acct, ruleName(thread))
	return rule.Folder, err
}

func readRule(r store.Reader, acct store.AccountID, name string) (rule conversationRule, err error) {
	raw, err := r.Setting(acct, name)
	if err != nil {
		return rule, err
	}
	if err := json.Unmarshal(raw, &rule); err != nil {
		return rule, fmt.Errorf("rule %s: %w", name, store.NotFound)
	}
	return rule, nil
}

func putRule(tx store.Tx, acct store.AccountID, thread store.ThreadID, rule conversationRule) error {
	raw, err := json.Marshal(rule)
	if err != nil {
		return fmt.Errorf("rule for a conversation: %w", err)
	}
	return tx.PutSetting(acct, ruleName(thread), raw)
}

// makeRoomForRule removes rules that mean nothing any more when there is no room for another, and if that
// leaves none the one longest unused.
func makeRoomForRule(tx store.Tx, acct store.AccountID, another string, now time.Time) error {
	names, err := tx.SettingNames(acct, rulePrefix)
	if err != nil || len(names) < MaxConversationRules {
		return err
	}
	var oldest string
	var used int64
	left := 0
	for _, name := range names {
		if name == another {
			return nil // it takes its own place
		}
		rule, live, err := ruleLives(tx, acct, name, now)
		if err != nil {
			return err
		}
		if !live {
			if err := tx.PutSetting(acct, name, nil); err != nil {
				return err
			}
			continue
		}
		if left++; oldest == "" || rule.Used < used {
			oldest, used = name, rule.Used
		}
	}
	if left < MaxConversationRules {
		return nil
	}
	return tx.PutSetting(acct, oldest, nil)
}

// ruleLives reads a rule and reports whether it can still move anything.
func ruleLives(tx store.Tx, acct store.AccountID, name string, now time.Time) (conversationRule, bool, error) {
	rule, err := readRule(tx, acct, name)
	if errors.Is(err, store.NotFound) {
		return rule, false, nil
	} else if err != nil {
		return rule, false, err
	}
	number, err := strconv.ParseInt(name[len(rulePrefix):], 10, 64)
	if err != nil || rule.expired(now) {
		return rule, false, nil
	}
	if _, err := tx.Collection(rule.Folder); errors.Is(err, store.NotFound) {
		return rule, false, nil
	} else if err != nil {
		return rule, false, err
	}
	for _, err := range tx.Thread(store.ThreadID(number), store.WantEntry) {
		return rule, err == nil, err
	}
	return rule, false, nil
}

func (r conversationRule) expired(now time.Time) bool {
	return ruleDay(now)-r.Used > int64(ruleLife/(24*time.Hour))
}

// follow moves a message that has just been delivered to where its conversation goes, and returns where it
// then is.
func (s *Service) follow(tx store.Tx, r store.Record) (store.Record, error) {
	name, now := ruleName(r.Item.Thread), s.now()
	rule, err := readRule(tx, r.Item.Account, name)
	if errors.Is(err, store.NotFound) {
		return r, nil
	} else if err != nil {
		return r, fmt.Errorf("rule for a conversation: %w", err)
	}
	to, err := tx.Collection(rule.Folder)
	if gone := errors.Is(err, store.NotFound); gone || err == nil && (to.Class != store.Mail || rule.expired(now)) {
		return r, tx.PutSetting(r.Item.Account, name, nil)
	} else if err != nil {
		return r, fmt.Errorf("folder of a conversation: %w", err)
	}
	if to.ID == r.Collection {
		return r, nil
	}
	if rule.Used != ruleDay(now) {
		rule.Used = ruleDay(now)
		if err := putRule(tx, r.Item.Account, r.Item.Thread, rule); err != nil {
			return r, err
		}
	}
	moved, err := tx.Move(r.Collection, r.UID, to.ID)
	if err != nil {
		return r, fmt.Errorf("follow a conversation: %w", err)
	}
	return moved, nil
}
