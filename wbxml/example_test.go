package wbxml_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gannetmail/gannet/wbxml"
)

func ExampleEncoder() {
	var out bytes.Buffer
	e := wbxml.NewEncoder(&out)
	e.Start(wbxml.PingPing)
	e.Elem(wbxml.PingStatus, "2")
	e.Start(wbxml.PingFolders)
	e.Elem(wbxml.PingFolder, "inbox")
	e.End()
	e.End()
	if err := e.Close(); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("% x\n", out.Bytes())
	// Output: 03 01 6a 00 00 0d 45 47 03 32 00 01 49 4a 03 69 6e 62 6f 78 00 01 01 01
}

func ExampleDecoder() {
	doc := strings.NewReader("\x03\x01\x6a\x00\x00\x0d\x45\x48\x03540\x00\x01\x7f\x03?\x00\x01\x01")
	d := wbxml.NewDecoder(doc, wbxml.Limits{})
	for {
		tok, err := d.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		if tok.Kind != wbxml.Start {
			continue
		}
		switch tok.Tag {
		case wbxml.PingPing:
			// its children come next
		case wbxml.PingHeartbeatInterval:
			seconds, err := d.TextContent(10)
			fmt.Println(tok.Tag, seconds, err)
		default:
			fmt.Println("passing over", tok.Tag)
			if err := d.Skip(); err != nil {
				fmt.Println(err)
				return
			}
		}
	}
	// Output:
	// Ping:HeartbeatInterval 540 <nil>
	// passing over Ping:0x3F
}

func ExampleDump() {
	doc := strings.NewReader("\x03\x01\x6a\x00\x00\x15\x45\x51\x03m-1\x00\x01\x08\x50\xc3\x02hi\x01\x01")
	if err := wbxml.Dump(os.Stdout, doc, wbxml.DumpOptions{Mask: wbxml.Private}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// ComposeMail:SendMail
	//   ComposeMail:ClientId "m-1"
	//   ComposeMail:SaveInSentItems
	//   ComposeMail:Mime x""+2
}
