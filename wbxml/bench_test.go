package wbxml

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// message is what the answer to a Sync says of one message.
type message struct {
	id, subject, from, body string
	conversation            []byte
}

// benchMessages are as many messages with a body of some 2 KiB, in several languages.
func benchMessages(n int) []message {
	body := "Hi,\r\n\r\nthe meeting has moved to Thursday, same time and place. Please bring the figures\r\n" +
		"of the last quarter; Jürgen has the new ones from 東京.\r\n\r\n"
	messages := make([]message, n)
	for i := range messages {
		messages[i] = message{
			id:           fmt.Sprintf("inbox:%d", i),
			subject:      fmt.Sprintf("Re: Figures of the last quarter, part %d", i),
			from:         `"Jürgen Müller" <juergen.mueller@example.test>`,
			body:         strings.Repeat(body, 12),
			conversation: bytes.Repeat([]byte{byte(i), 0x7F}, 8),
		}
	}
	return messages
}

// writeSync writes the answer to a Sync with the messages.
func writeSync(e *Encoder, messages []message) {
	e.Start(AirSyncSync)
	e.Start(AirSyncCollections)
	e.Start(AirSyncCollection)
	e.Elem(AirSyncSyncKey, "5c1f-2")
	e.Elem(AirSyncCollectionId, "inbox")
	e.Elem(AirSyncStatus, "1")
	e.Start(AirSyncCommands)
	for i := range messages {
		writeMessage(e, &messages[i])
	}
	for range 4 {
		e.End()
	}
}

func writeMessage(e *Encoder, m *message) {
	e.Start(AirSyncAdd)
	e.Elem(AirSyncServerId, m.id)
	e.Start(AirSyncApplicationData)
	e.Elem(EmailTo, "lars@example.test")
	e.Elem(EmailFrom, m.from)
	e.Elem(EmailSubject, m.subject)
	e.Elem(EmailDateReceived, "2026-03-01T08:15:00.000Z")
	e.Elem(EmailDisplayTo, "Lars")
	e.Elem(EmailThreadTopic, "Figures of the last quarter")
	e.Elem(EmailImportance, "1")
	e.Elem(EmailRead, "0")
	e.Empty(EmailFlag)
	e.Start(AirSyncBaseBody)
	e.Elem(AirSyncBaseType, "1")
	e.Elem(AirSyncBaseEstimatedDataSize, "2048")
	e.Elem(AirSyncBaseData, m.body)
	e.End()
	e.Elem(EmailMessageClass, "IPM.Note")
	e.Elem(EmailInternetCPID, "65001")
	e.Start(Email2ConversationId)
	e.Opaque(m.conversation)
	e.End()
	e.End()
	e.End()
}

// syncDocument returns the answer with n messages.
func syncDocument(n int) []byte {
	var out bytes.Buffer
	e := NewEncoder(&out)
	writeSync(e, benchMessages(n))
	if err := e.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func BenchmarkEncode(b *testing.B) {
	messages := benchMessages(100)
	b.SetBytes(int64(len(syncDocument(100))))
	b.ReportAllocs()
	for b.Loop() {
		e := NewEncoder(io.Discard)
		writeSync(e, messages)
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	doc := syncDocument(100)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	r := bytes.NewReader(nil)
	for b.Loop() {
		r.Reset(doc)
		d := NewDecoder(r, Limits{})
		for {
			if _, err := d.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkTags has nothing but short elements: the cost of a token, not of its text.
func BenchmarkTags(b *testing.B) {
	const elements = 10000
	write := func(w io.Writer) {
		e := NewEncoder(w)
		e.Start(AirSyncSync)
		for range elements / 2 {
			e.Elem(EmailRead, "1")
			e.Empty(AirSyncGetChanges)
		}
		e.End()
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
	var doc bytes.Buffer
	write(&doc)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(doc.Len()))
		b.ReportAllocs()
		for b.Loop() {
			write(io.Discard)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(doc.Len()))
		b.ReportAllocs()
		r := bytes.NewReader(nil)
		for b.Loop() {
			r.Reset(doc.Bytes())
			d := NewDecoder(r, Limits{})
			if _, err := d.Next(); err != nil {
				b.Fatal(err)
			}
			if err := d.Skip(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkText cleans long texts: plain, with the line ends of mail, and of runes of three bytes.
func BenchmarkText(b *testing.B) {
	for name, text := range map[string]string{
		"ascii": strings.Repeat("x", 1<<20),
		"mail":  strings.Repeat(strings.Repeat("x", 70)+"\r\n", 1<<20/72),
		"cjk":   strings.Repeat("東京", 1<<20/6),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				e := NewEncoder(io.Discard)
				e.Elem(AirSyncBaseData, text)
				if err := e.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBesideWbxml2xml reads the same large document with libwbxml's wbxml2xml, which writes it as
// XML, and with Dump, which writes it as text. Reported are megabytes of WBXML a second of each and how many
// times as fast Dump and the bare decoder are. The process of the tool is part of its time.
func BenchmarkBesideWbxml2xml(b *testing.B) {
	tool, err := exec.LookPath("wbxml2xml")
	if err != nil {
		b.Skipf("no wbxml2xml: %v", err)
	}
	doc := syncDocument(5000)
	dir := b.TempDir()
	in := filepath.Join(dir, "in.wbxml")
	if err := os.WriteFile(in, doc, 0o600); err != nil {
		b.Fatal(err)
	}
	var theirs, dumping, decoding time.Duration
	for b.Loop() {
		begin := time.Now()
		cmd := exec.Command(tool, "-l", "ACTIVESYNC", "-m", "0", "-o", filepath.Join(dir, "out.xml"), in)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		theirs += time.Since(begin)
		begin = time.Now()
		if err := Dump(io.Discard, bytes.NewReader(doc), DumpOptions{}); err != nil {
			b.Fatal(err)
		}
		dumping += time.Since(begin)
		begin = time.Now()
		if err := decodeFile(in); err != nil {
			b.Fatal(err)
		}
		decoding += time.Since(begin)
	}
	megabytes := float64(len(doc)) * float64(b.N) / 1e6
	b.ReportMetric(megabytes/theirs.Seconds(), "wbxml2xml-MB/s")
	b.ReportMetric(megabytes/dumping.Seconds(), "Dump-MB/s")
	b.ReportMetric(megabytes/decoding.Seconds(), "decode-MB/s")
	b.ReportMetric(theirs.Seconds()/dumping.Seconds(), "x-Dump")
	b.ReportMetric(theirs.Seconds()/decoding.Seconds(), "x-decode")
	b.ReportMetric(0, "ns/op")
}

// decodeFile reads all tokens of the document at path.
func decodeFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	d := NewDecoder(f, Limits{})
	if _, err := d.Next(); err != nil {
		return err
	}
	return d.Skip()
}
