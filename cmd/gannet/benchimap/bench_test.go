package main

import (
	"bufio"
	"bytes"
	"context"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/gannetmail/gannet/mail"
)

func TestLetters(t *testing.T) {
	for i := range 200 {
		l := letter(i)
		if n := len(l); n < 2<<10 || n > 48<<10 {
			t.Errorf("letter %d has %d bytes", i, n)
		}
		if !bytes.Equal(l, letter(i)) {
			t.Errorf("letter %d is not the same twice", i)
		}
		if _, err := netmail.ReadMessage(bytes.NewReader(l)); err != nil {
			t.Errorf("letter %d: %v", i, err)
		}
		var text mail.SearchText
		if _, err := mail.Parse(bytes.NewReader(l), mail.WithText(1<<20, &text)); err != nil {
			t.Errorf("letter %d: %v", i, err)
		}
		if !strings.Contains(text.Subject, subjectMarker(i)) || !strings.Contains(text.Body, marker(i)) {
			t.Errorf("letter %d lacks its marks %q and %q", i, subjectMarker(i), marker(i))
		}
	}
}

func TestMarkersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range markers {
		seen[marker(i)] = true
	}
	if len(seen) != markers {
		t.Errorf("%d different marks of %d", len(seen), markers)
	}
}

func TestAnswers(t *testing.T) {
	long := "* 3 FETCH (FLAGS (" + strings.Repeat("x", 300) + "))\r\n"
	said := "* 1 FETCH (BODY[] {5}\r\nab\r\nc UID 1)\r\n* 2 FETCH (A {0}\r\n B {2}\r\n{} C)\r\n" + long + "b1 OK done\r\n"
	here, there := net.Pipe()
	defer here.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	context.AfterFunc(ctx, func() { there.Close() })
	go func() {
		bufio.NewReader(there).ReadString('\n')
		there.Write([]byte(said))
	}()
	c := &imapClient{conn: here, r: bufio.NewReaderSize(here, 64), w: bufio.NewWriter(here)}
	var lengths []int
	got, err := c.each(func(line []byte) { lengths = append(lengths, len(line)) }, "NOOP")
	if err != nil {
		t.Fatal(err)
	}
	if want := (answer{lines: 3, literals: 7, text: "OK done"}); got != want || lengths[2] != len(long) {
		t.Errorf("answer = %+v, line lengths %v; want %+v and the last of %d", got, lengths, want, len(long))
	}
}

func TestMedianAndQuantity(t *testing.T) {
	if got := median([]float64{9, 1, 4, 2}); got != 3 {
		t.Errorf("median = %v, want 3", got)
	}
	if got := quantity(median(nil), "ms"); got != "-" {
		t.Errorf("quantity of nothing = %q", got)
	}
}
