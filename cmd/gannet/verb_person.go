package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gannetmail/gannet/contacts"
	"github.com/gannetmail/gannet/contacts/smime"
	"github.com/gannetmail/gannet/store"
)

// personCmds is `gannet account person …`.
type personCmds struct {
	Show personShowCmd `cmd:"" help:"Show what the address list says of a person."`
	Set  personSetCmd  `cmd:"" help:"Set some of it; an empty text takes it out."`
}

type personShowCmd struct {
	Account string `arg:"" help:"The account's address."`
}

func (c personShowCmd) Run(ctx context.Context, in *invocation) error {
	p, err := call[personInfo](ctx, in, "account.person.show", personRequest{Account: c.Account})
	if err != nil {
		return err
	}
	return in.print(p, p.write)
}

type personSetCmd struct {
	Account     string  `arg:"" help:"The account's address."`
	Display     *string `help:"The name by which people are listed." placeholder:"NAME"`
	FirstName   *string `help:"First name; by itself it is taken from the name." placeholder:"NAME"`
	LastName    *string `help:"Last name, likewise." placeholder:"NAME"`
	Title       *string `help:"What they do." placeholder:"TEXT"`
	Company     *string `help:"For whom." placeholder:"TEXT"`
	Office      *string `help:"Where." placeholder:"TEXT"`
	Phone       *string `help:"Telephone at work." placeholder:"NUMBER"`
	MobilePhone *string `help:"Mobile telephone." placeholder:"NUMBER"`
	HomePhone   *string `help:"Telephone at home." placeholder:"NUMBER"`
	Hidden      *bool   `help:"Whether to leave them out of the address list." negatable:""`
}

func (c personSetCmd) Run(ctx context.Context, in *invocation) error {
	q := personRequest{Account: c.Account, Display: c.Display, Hidden: c.Hidden, Set: map[string]string{}}
	for name, text := range map[string]*string{
		"first-name": c.FirstName, "last-name": c.LastName, "title": c.Title, "company": c.Company, "office": c.Office,
		"phone": c.Phone, "mobile-phone": c.MobilePhone, "home-phone": c.HomePhone,
	} {
		if text != nil {
			q.Set[name] = strings.TrimSpace(*text)
		}
	}
	if len(q.Set) == 0 && q.Display == nil && q.Hidden == nil {
		return usagef("say what to set, for example --phone NUMBER; `gannet account person set --help` lists all")
	}
	p, err := call[personInfo](ctx, in, "account.person.set", q)
	if err != nil {
		return err
	}
	return in.print(p, p.write)
}

// write shows a person as text.
func (p personInfo) write(w io.Writer) {
	row(w, "account", p.Account)
	row(w, "name", p.Display)
	for name, text := range p.Properties.All() {
		row(w, strings.ReplaceAll(name, "-", " "), *text)
	}
	row(w, "hidden", p.Hidden)
	row(w, "photo", p.Photo)
	row(w, "certificates", p.Certificates)
}

// photoCmds is `gannet account photo …`.
type photoCmds struct {
	Set    photoSetCmd    `cmd:"" help:"Set an account's photo."`
	Show   photoShowCmd   `cmd:"" help:"Show its size, or write it into a file."`
	Remove photoRemoveCmd `cmd:"" help:"Remove it."`
}

type photoSetCmd struct {
	Account string `arg:"" help:"The account's address."`
	File    string `arg:"" help:"A JPEG or PNG of any size; - for standard input."`
}

func (c photoSetCmd) Run(ctx context.Context, in *invocation) error {
	f, closeFile, err := openArg(in, c.File)
	if err != nil {
		return err
	}
	defer closeFile()
	photo, err := contacts.MakePhoto(f)
	if errors.Is(err, store.Invalid) {
		return usagef("%s: %w", c.File, err)
	} else if err != nil {
		return err
	}
	info, err := call[photoInfo](ctx, in, "account.photo.set", photoRequest{Account: c.Account, JPEG: photo})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, "photo of", info.Account, "set:", sizeOf(photo)) })
}

type photoShowCmd struct {
	Account string `arg:"" help:"The account's address."`
	Output  string `help:"A new file to write the JPEG into; - for standard output." placeholder:"FILE|-"`
}

func (c photoShowCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[photoInfo](ctx, in, "account.photo.show", photoRequest{Account: c.Account})
	if err != nil {
		return err
	}
	switch c.Output {
	case "":
		return in.print(info, func(w io.Writer) { row(w, info.Account, sizeOf(info.JPEG)) })
	case "-":
		_, err = in.stdout.Write(info.JPEG)
		return err
	}
	if err := newFile(c.Output, 0o644, func(w io.Writer) error {
		_, err := w.Write(info.JPEG)
		return err
	}); err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, "wrote", c.Output+":", sizeOf(info.JPEG)) })
}

type photoRemoveCmd struct {
	Account string `arg:"" help:"The account's address."`
}

func (c photoRemoveCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[photoInfo](ctx, in, "account.photo.remove", photoRequest{Account: c.Account})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, "removed the photo of", info.Account) })
}

// sizeOf tells pixels and bytes of a JPEG.
func sizeOf(photo []byte) string {
	c, err := jpeg.DecodeConfig(bytes.NewReader(photo))
	if err != nil {
		return rough(int64(len(photo)))
	}
	return fmt.Sprintf("%d×%d, %s", c.Width, c.Height, rough(int64(len(photo))))
}

// certificateCmds is `gannet account certificate …`.
type certificateCmds struct {
	Add    certificateAddCmd    `cmd:"" help:"Add a certificate that mail to the account can be encrypted for."`
	List   certificateListCmd   `cmd:"" help:"List an account's."`
	Remove certificateRemoveCmd `cmd:"" help:"Remove one."`
}

type certificateAddCmd struct {
	Account string `arg:"" help:"The account's address."`
	File    string `arg:"" help:"The certificate, PEM or DER, without its key; - for standard input."`
}

func (c certificateAddCmd) Run(ctx context.Context, in *invocation) error {
	f, closeFile, err := openArg(in, c.File)
	if err != nil {
		return err
	}
	defer closeFile()
	raw, err := io.ReadAll(io.LimitReader(f, 2*smime.MaxCertificate))
	if err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	info, err := call[certificateInfo](ctx, in, "account.certificate.add", certificateRequest{Account: c.Account, Certificate: raw})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, "added", info.Fingerprint) })
}

type certificateListCmd struct {
	Account string `arg:"" help:"The account's address."`
}

func (c certificateListCmd) Run(ctx context.Context, in *invocation) error {
	all, err := call[[]certificateInfo](ctx, in, "account.certificate.list", certificateRequest{Account: c.Account})
	if err != nil {
		return err
	}
	return in.print(all, func(w io.Writer) {
		row(w, "FINGERPRINT", "FOR", "ISSUER", "UNTIL")
		for _, x := range all {
			row(w, x.Fingerprint[:16], strings.Join(x.Addresses, " "), x.Issuer, x.Until.Format(time.DateOnly))
		}
	})
}

type certificateRemoveCmd struct {
	Account     string `arg:"" help:"The account's address."`
	Fingerprint string `arg:"" help:"Its fingerprint or how that begins, as listed."`
}

func (c certificateRemoveCmd) Run(ctx context.Context, in *invocation) error {
	info, err := call[certificateInfo](ctx, in, "account.certificate.remove", certificateRequest{Account: c.Account, Fingerprint: c.Fingerprint})
	if err != nil {
		return err
	}
	return in.print(info, func(w io.Writer) { fmt.Fprintln(w, "removed", info.Fingerprint) })
}

// openArg opens a file that the command line names, or standard input for "-".
func openArg(in *invocation, name string) (r io.Reader, done func() error, err error) {
	if name == "-" {
		return in.stdin, func() error { return nil }, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, usage(err)
	}
	return f, f.Close, nil
}
