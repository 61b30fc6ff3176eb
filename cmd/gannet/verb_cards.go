package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/vcard"
	"github.com/gannetmail/gannet/store"
)

// importVCFCmd is `gannet import vcf ACCOUNT PATH…`.
type importVCFCmd struct{ itemFlags }

func (c importVCFCmd) Run(ctx context.Context, in *invocation) error {
	form := itemForm{itemNouns[store.Contacts], []string{".vcf", ".vcard"}, readCards}
	return runItems(ctx, in, c.itemFlags, form)
}

// readCards reads the cards of one file.
func readCards(ctx context.Context, r *itemRun, name string, file io.Reader) error {
	read, err := vcard.Decode(file, vcard.DefaultLimits)
	if errors.Is(err, vcard.ErrUnclear) {
		r.refuse(name, "", err.Error())
		return nil
	} else if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i, c := range read.Cards {
		end := 1 << 62
		if i+1 < len(read.Lines) {
			end = read.Lines[i+1]
		}
		w := waitingItem{place: fmt.Sprintf("%s:%d", name, read.Lines[i]), name: contacts.FileAs(c), class: store.Contacts}
		for _, p := range read.Problems {
			if p.Line < end && (p.Line >= read.Lines[i] || i == 0) {
				w.problems = append(w.problems, p.String())
			}
		}
		if c.UID() == "" {
			c.SetText("UID", uidOf(c.Bytes()))
		}
		w.uid, w.text = c.UID(), string(c.Bytes())
		if err := r.put(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// exportVCFCmd is `gannet export vcf ACCOUNT FILE`.
type exportVCFCmd struct {
	Account string `arg:"" help:"Whose address book."`
	Path    string `arg:"" help:"The file to make." type:"path"`
	Book    string `help:"The address book; otherwise the main one." placeholder:"NAME"`
	Version string `help:"The version of vCard; 3.0 is for programs that cannot read 4.0, in which cards are kept." enum:"4.0,3.0" default:"4.0"`
}

func (c exportVCFCmd) Run(ctx context.Context, in *invocation) (err error) {
	r, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	ask := itemsAsk{Account: c.Account, Classes: []store.Class{store.Contacts}, Folder: c.Book, Main: c.Book == ""}
	found, err := callOn[itemFolders](ctx, r, "items.folders", ask, in.progress)
	if err != nil {
		return err
	}
	e := itemExport{in: in, run: r, info: itemsOut{Account: found.Account, Path: c.Path}, teller: newTeller(in)}
	if err := newFile(c.Path, 0o600, func(w io.Writer) error {
		return e.folder(ctx, found.Folders[0], func(raw string) (unread, err error) {
			if c.Version == "3.0" {
				card, _, err := vcard.Read(raw)
				if err != nil {
					return err, nil
				}
				raw = string(card.Bytes3())
			}
			if !strings.HasSuffix(raw, "\n") {
				raw += "\r\n"
			}
			if _, err := io.WriteString(w, raw); err != nil {
				return nil, fmt.Errorf("write cards: %w", err)
			}
			return nil, nil
		})
	}); err != nil {
		return err
	}
	return e.finish(itemNouns[store.Contacts])
}
