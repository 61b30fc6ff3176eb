package model

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
)

// A message is one as the standard library reads it: the model has its own idea of what is in it.
type message struct {
	raw                    []byte
	to, cc, bcc, from, rep []*mail.Address
	subject                string
	date                   time.Time
	text                   string // decoded, CRLF
	files                  []file
}

// A file is an attachment.
type file struct {
	part string // its number in the tree, as in IMAP
	name string
	kind string
	data []byte
}

func readMessage(raw []byte) (*message, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	out := &message{raw: raw}
	for name, into := range map[string]*[]*mail.Address{"To": &out.to, "Cc": &out.cc, "Bcc": &out.bcc, "From": &out.from, "Reply-To": &out.rep} {
		if m.Header.Get(name) == "" {
			continue
		}
		if *into, err = m.Header.AddressList(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	words := mime.WordDecoder{}
	if out.subject, err = words.DecodeHeader(m.Header.Get("Subject")); err != nil {
		return nil, err
	}
	out.date, _ = m.Header.Date()
	return out, out.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Header.Get("Content-Disposition"), m.Body, "1")
}

// part reads one part of the tree.
func (m *message) part(kind, encoding, disposition string, body io.Reader, number string) error {
	if kind == "" {
		kind = "text/plain"
	}
	media, params, err := mime.ParseMediaType(kind)
	if err != nil {
		return err
	}
	if strings.HasPrefix(media, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for i := 1; ; i++ {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			name := fmt.Sprint(i)
			if number != "1" {
				name = number + "." + name
			}
			if err := m.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p.Header.Get("Content-Disposition"), p, name); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	data, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	how, named, _ := mime.ParseMediaType(disposition)
	if media == "text/plain" && how != "attachment" {
		m.text += string(data)
		return nil
	}
	m.files = append(m.files, file{part: number, name: named["filename"], kind: media, data: data})
	return nil
}

// addresses writes mailboxes as a header does, for people. MS-ASEMAIL, To.
func addresses(list []*mail.Address) string {
	var all []string
	for _, a := range list {
		if a.Name == "" {
			all = append(all, a.Address)
		} else {
			all = append(all, fmt.Sprintf("\"%s\" <%s>", a.Name, a.Address))
		}
	}
	return strings.Join(all, ", ")
}

// names writes their names alone. MS-ASEMAIL, DisplayTo.
func names(list []*mail.Address) string {
	var all []string
	for _, a := range list {
		if a.Name == "" {
			all = append(all, a.Address)
		} else {
			all = append(all, a.Name)
		}
	}
	return strings.Join(all, ";")
}

// topic is the subject without the marks of an answer.
func (m *message) topic() string {
	s := m.subject
	for strings.HasPrefix(s, "Re: ") || strings.HasPrefix(s, "Fw: ") || strings.HasPrefix(s, "Fwd: ") {
		_, s, _ = strings.Cut(s, ": ")
	}
	return s
}
