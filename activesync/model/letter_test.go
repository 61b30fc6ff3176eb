package model

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// letter writes a message. Every number has other words; the kinds are those that a body can be of.
func letter(rnd *rand.Rand, n int) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	line("From: %s", []string{`Otto Gannet <otto@example.net>`, `"Gull, Greta" <greta@example.net>`, `harbour@example.net`}[n%3])
	line("To: Rita <rita@example.test>")
	if n%4 == 1 {
		line("Cc: Hugo <hugo@example.net>, ina@example.net")
	}
	subject := fmt.Sprint("letter ", n)
	if reply := 1 + rnd.IntN(n+1); n%5 == 2 && reply < n {
		subject = fmt.Sprint("Re: letter ", reply)
		line("In-Reply-To: <%d@example.net>", reply)
	}
	if n%7 == 3 {
		subject = fmt.Sprintf("=?utf-8?q?Gr=C3=BC=C3=9Fe?= %d", n)
	}
	line("Subject: %s", subject)
	line("Message-ID: <%d@example.net>", n)
	line("Date: Sat, 22 Aug 2026 10:00:%02d +0000", n%60)
	line("MIME-Version: 1.0")
	text := fmt.Sprintf("Letter number %d.\r\n%s", n, strings.Repeat("The tide is löw, the böat leaves at noon.\r\n", n%9))
	if n%6 != 4 {
		line("Content-Type: text/plain; charset=utf-8")
		line("Content-Transfer-Encoding: 8bit")
		line("")
		b.WriteString(text)
		return b.String()
	}
	line("Content-Type: multipart/mixed; boundary=%q", fmt.Sprint("b", n))
	line("")
	line("--b%d", n)
	line("Content-Type: text/plain; charset=utf-8")
	line("Content-Transfer-Encoding: 8bit")
	line("")
	line("%s", text)
	line("--b%d", n)
	line("Content-Type: application/octet-stream; name=%q", fmt.Sprintf("file%d.bin", n))
	line("Content-Disposition: attachment; filename=%q", fmt.Sprintf("file%d.bin", n))
	line("")
	line("Contents of file %d.", n)
	line("--b%d--", n)
	return b.String()
}
