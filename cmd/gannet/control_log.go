package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/gannetmail/gannet/store"
)

// logVerb logs one operation of the control socket: what it did to what, and how it failed.
func (a *admin) logVerb(ctx context.Context, name string, request []byte, err error) {
	level := slog.LevelInfo
	if slices.Contains([]string{"import.known", "import.put", "items.put", "items.get"}, name) { // one for each batch
		level = slog.LevelDebug
	}
	attrs := append([]slog.Attr{slog.String("verb", name)}, subjectOf(name, request)...)
	if err != nil {
		level = slog.LevelWarn
		if exitCode(err) == exitFailed && ctx.Err() == nil {
			level = slog.LevelError
		}
		attrs = append(attrs, slog.Any("error", err))
	}
	a.log.LogAttrs(ctx, level, "operator", attrs...)
}

// subject is what the requests have in common to say what they are about. It has no field for a
// password, so none is logged.
type subject struct {
	Name     string          `json:"name"`
	Account  string          `json:"account"`
	ID       string          `json:"id"`
	Address  string          `json:"address"`
	Accounts []string        `json:"accounts"`
	Path     string          `json:"path"`
	IDs      []store.QueueID `json:"ids"`
	Disabled bool            `json:"disabled"`
	Whole    bool            `json:"whole"`
	All      bool            `json:"all"`
	Access   store.Access    `json:"access"`
	Title    string          `json:"title"` // of an import's source
}

// subjectOf returns the attributes that name what a request is about.
func subjectOf(verb string, request []byte) []slog.Attr {
	var s subject
	if json.Unmarshal(request, &s) != nil {
		return nil // its error says so
	}
	words := strings.Split(verb, ".")
	group := words[max(0, len(words)-2)]
	var all []slog.Attr
	text := func(key, value string) {
		if value != "" {
			all = append(all, slog.String(key, value))
		}
	}
	text("account", s.Account)
	text(group, s.Name) // account, domain, app-password
	text("device", s.ID)
	text("alias", s.Address)
	text("to", strings.Join(s.Accounts, " "))
	text("path", s.Path)
	text("source", s.Title)
	if len(s.IDs) > 0 {
		all = append(all, slog.Any("ids", s.IDs))
	}
	for key, value := range map[string]bool{"disabled": s.Disabled, "whole_device": s.Whole, "all": s.All} {
		if value {
			all = append(all, slog.Bool(key, true))
		}
	}
	switch verb {
	case "device.policy.change":
		return append(all, policySubject(request)...)
	case "device.rules.change":
		return append(all, rulesSubject(request)...)
	case "share.add", "share.remove":
		return append(all, shareSubject(request)...)
	}
	if verb == "device.access" {
		text("access", accessText[s.Access])
	}
	return all
}

// policySubject is what a change of a policy sets and unsets.
func policySubject(request []byte) []slog.Attr {
	var q policyRequest
	if json.Unmarshal(request, &q) != nil {
		return nil
	}
	var set []string
	for _, name := range slices.Sorted(maps.Keys(q.Set)) {
		set = append(set, name+"="+q.Set[name])
	}
	return texts("set", strings.Join(set, " "), "unset", strings.Join(q.Unset, " "))
}

// shareSubject is what is shared with whom.
func shareSubject(request []byte) []slog.Attr {
	var q shareRequest
	if json.Unmarshal(request, &q) != nil {
		return nil
	}
	return texts("account", q.Owner, "folder", q.Folder, "with", q.With, "rights", q.Rights)
}

// rulesSubject is what a change of the rules for new devices changes.
func rulesSubject(request []byte) []slog.Attr {
	var q rulesRequest
	if json.Unmarshal(request, &q) != nil {
		return nil
	}
	return texts("default", q.Default, "add", q.Add, "decision", q.Access, "remove", q.Remove, "notify", strings.Join(q.Notify, " "))
}

// texts makes attributes of pairs of keys and values, without those that are empty.
func texts(pairs ...string) (all []slog.Attr) {
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			all = append(all, slog.String(pair[0], pair[1]))
		}
	}
	return all
}
