package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"path/filepath"

	"github.com/gannetmail/gannet/mail/archive"
)

// importCmds is `gannet import …`.
type importCmds struct {
	IMAP    importIMAPCmd    `cmd:"" name:"imap" help:"From an account on another IMAP server."`
	Maildir importMaildirCmd `cmd:"" help:"From Maildirs: Maildir++ or nested."`
	Mbox    importMboxCmd    `cmd:"" help:"From mbox files: one, or a folder of them (Thunderbird's and Apple's too)."`
	EML     importEMLCmd     `cmd:"" name:"eml" help:"From .eml files: one, or a folder of them."`
	VCF     importVCFCmd     `cmd:"" name:"vcf" help:"Contacts from .vcf files: some, or a folder of them."`
	ICS     importICSCmd     `cmd:"" name:"ics" help:"Events, tasks and notes from .ics files: some, or a folder of them."`
}

// importFlags are what every import takes.
type importFlags struct {
	Map    []string `help:"Put a folder and those in it elsewhere, e.g. --map INBOX.Work=Work or --map Spam=INBOX/Spam." placeholder:"FROM=TO" sep:"none"`
	Into   string   `help:"Put everything below this folder instead of into the account's own." placeholder:"FOLDER"`
	Only   []string `help:"Import only this folder and those in it. Can be given several times." placeholder:"FOLDER" sep:"none"`
	Skip   []string `help:"Leave out this folder and those in it. Can be given several times." placeholder:"FOLDER" sep:"none"`
	DryRun bool     `help:"Only count what would be imported and say where it would go."`
	Report string   `help:"Write what was refused into this new file, one message a line: folder, message, reason." placeholder:"FILE" type:"path"`
	Aside  bool     `help:"Import folders that only show messages of others (All Mail, Starred), and those of other people, too."`
	Source string   `help:"Name by which the source is remembered, when its path or host changes between imports." placeholder:"NAME"`
}

// fileFlags are what an import from files takes.
type fileFlags struct {
	importFlags
	LineEnds archive.LineEnds `help:"crlf: messages whose first line ends in a bare LF get CRLF, as on the wire; keep: every byte stays." enum:"crlf,keep" default:"crlf"`
}

type importMaildirCmd struct {
	Account string `arg:"" help:"Whose mail it becomes."`
	Path    string `arg:"" help:"The folder with cur and new in it, or of such folders." type:"path"`
	fileFlags
}

func (c importMaildirCmd) Run(ctx context.Context, in *invocation) error {
	return c.importFiles(ctx, in, archive.Maildir, c.Account, c.Path, archive.Options{})
}

type importMboxCmd struct {
	Account string `arg:"" help:"Whose mail it becomes."`
	Path    string `arg:"" help:"The file, or a folder of files." type:"path"`
	fileFlags
	Quoting archive.Quoting `help:"How lines that begin with From are quoted: auto looks; mboxrd; none leaves them alone." enum:"auto,mboxrd,none" default:"auto"`
}

func (c importMboxCmd) Run(ctx context.Context, in *invocation) error {
	return c.importFiles(ctx, in, archive.Mbox, c.Account, c.Path, archive.Options{Quoting: c.Quoting})
}

type importEMLCmd struct {
	Account string `arg:"" help:"Whose mail it becomes."`
	Path    string `arg:"" help:"The file, or a folder of files." type:"path"`
	fileFlags
}

func (c importEMLCmd) Run(ctx context.Context, in *invocation) error {
	return c.importFiles(ctx, in, archive.EML, c.Account, c.Path, archive.Options{})
}

// importFiles imports from files that this process reads.
func (f fileFlags) importFiles(ctx context.Context, in *invocation, form archive.Form, account, path string, o archive.Options) error {
	o.LineEnds = f.LineEnds
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	source, err := archive.Open(form, path, o)
	if err != nil {
		return usage(err)
	}
	defer source.Close()
	return runImport(ctx, in, f.importFlags, account, string(form)+" "+path, source)
}

// memoryOf names the memory of a source.
func (f importFlags) memoryOf(title string) string {
	if f.Source != "" {
		title = f.Source
	}
	return memoryPrefix + shortHash(title)
}

// shortHash is a name for a text of any length.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}
