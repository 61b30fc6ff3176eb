package asclient

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gannetmail/gannet/wbxml"
)

// Config is what makes a device.
type Config struct {
	URL        string // of the ActiveSync service; [Discover] finds it
	User       string
	Password   string
	DeviceID   string
	DeviceType string       // "SmartPhone" when empty
	UserAgent  string       // "Gannet-asclient/1" when empty
	Version    string       // "14.1"; empty: the highest that both sides know, by Setup
	Base64     bool         // send the packed query; 12.1 and later
	HTTP       *http.Client // http.DefaultClient when nil
}

// Client is one device that has added one account.
type Client struct {
	Config
	PolicyKey  uint32
	Folders    map[string]*Folder // by server id
	FolderKey  string             // of FolderSync; "0" before the first
	Commands   []string           // that the server offers, after Setup
	Violations []string           // what no correct server does

	// Lose, when set, is asked after an answer has arrived; true throws it away, as a broken
	// connection does, and the call returns ErrLost.
	Lose func(cmd string) bool

	// Trace, when set, is told of every command with its document and the answer's (nil: none).
	Trace func(cmd string, sent, got *Node, err error)
}

// ErrLost is what a call returns whose answer [Client.Lose] threw away.
var ErrLost = errors.New("the answer was lost")

// ErrVersion is what [Client.Options] wraps when the server does not offer the version that is set.
var ErrVersion = errors.New("version is not offered")

// StatusError is a status of a command, or an HTTP status, that means failure.
type StatusError struct {
	Command string
	HTTP    int // 200 when the status is in the document
	Status  int
	Retry   time.Duration // Retry-After
}

// Error implements error.
func (e *StatusError) Error() string {
	if e.HTTP != http.StatusOK {
		return fmt.Sprintf("%s: HTTP %d", e.Command, e.HTTP)
	}
	return fmt.Sprintf("%s: status %d", e.Command, e.Status)
}

// Versions are the protocol versions that this client speaks, the best first.
var Versions = []string{"16.1", "16.0", "14.1", "14.0", "12.1", "12.0", "2.5"}

// New returns a device that has not spoken to its server yet.
func New(c Config) *Client {
	if c.DeviceType == "" {
		c.DeviceType = "SmartPhone"
	}
	if c.UserAgent == "" {
		c.UserAgent = "Gannet-asclient/1"
	}
	if c.HTTP == nil {
		c.HTTP = http.DefaultClient
	}
	return &Client{Config: c, Folders: map[string]*Folder{}, FolderKey: "0"}
}

// Setup does what a phone does when an account is added: OPTIONS, FolderSync, and Provision when asked.
func (c *Client) Setup(ctx context.Context) error {
	if err := c.Options(ctx); err != nil {
		return err
	}
	if err := c.Provision(ctx); err != nil {
		return err
	}
	return c.FolderSync(ctx)
}

// Options asks what the server offers and chooses a version if none is set.
func (c *Client) Options(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodOptions, c.URL, nil)
	if err != nil {
		return err
	}
	c.identify(req)
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return httpError("OPTIONS", resp)
	}
	offered := splitList(resp.Header.Get("MS-ASProtocolVersions"))
	c.Commands = splitList(resp.Header.Get("MS-ASProtocolCommands"))
	if c.Version != "" {
		if !slices.Contains(offered, c.Version) {
			return fmt.Errorf("%w: %s (%s)", ErrVersion, c.Version, strings.Join(offered, ","))
		}
		return nil
	}
	for _, v := range Versions {
		if slices.Contains(offered, v) {
			c.Version = v
			return nil
		}
	}
	return fmt.Errorf("no common version in %q", resp.Header.Get("MS-ASProtocolVersions"))
}

// AtLeast reports whether the version in use is v or a later one.
func (c *Client) AtLeast(v string) bool { return versionNumber(c.Version) >= versionNumber(v) }

// versionNumber is the version times ten: "14.1" is 141.
func versionNumber(v string) int {
	n, _ := strconv.Atoi(strings.Replace(v, ".", "", 1))
	return n
}

// Do sends one command with a document (nil: an empty body) and returns the answer's document (nil: an
// empty body). A Status child of the root other than 1 is not an error here.
func (c *Client) Do(ctx context.Context, cmd string, doc *Node) (*Node, error) {
	answer, err := c.exchange(ctx, cmd, doc)
	if c.Trace != nil {
		c.Trace(cmd, doc, answer, err)
	}
	return answer, err
}

func (c *Client) exchange(ctx context.Context, cmd string, doc *Node) (*Node, error) {
	var body []byte
	if doc != nil {
		var err error
		if body, err = doc.encode(); err != nil {
			return nil, err
		}
	}
	resp, err := c.post(ctx, cmd, nil, "application/vnd.ms-sync.wbxml", bytes.NewReader(body), len(body) > 0)
	if err != nil {
		return nil, err
	}
	if len(resp.body) == 0 {
		return nil, nil
	}
	if ct := resp.header.Get("Content-Type"); ct != "application/vnd.ms-sync.wbxml" {
		return nil, fmt.Errorf("%s: answer of type %q", cmd, ct)
	}
	n, err := parse(bytes.NewReader(resp.body))
	if err != nil {
		return nil, fmt.Errorf("%s: answer: %w", cmd, err)
	}
	return n, nil
}

type response struct {
	header http.Header
	body   []byte
}

// post sends one request and reads the whole answer.
func (c *Client) post(ctx context.Context, cmd string, params map[string]string, contentType string, body io.Reader, hasBody bool) (*response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"?"+c.query(cmd, params), body)
	if err != nil {
		return nil, err
	}
	c.identify(req)
	if hasBody {
		req.Header.Set("Content-Type", contentType)
	}
	if !c.packed() {
		req.Header.Set("MS-ASProtocolVersion", c.Version)
		if c.PolicyKey != 0 {
			req.Header.Set("X-MS-PolicyKey", strconv.FormatUint(uint64(c.PolicyKey), 10))
		}
		if params["AcceptMultiPart"] == "T" {
			req.Header.Set("MS-ASAcceptMultiPart", "T")
		}
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", cmd, err)
	}
	defer resp.Body.Close()
	data, err := readBody(resp)
	if err != nil {
		return nil, fmt.Errorf("%s: read the answer: %w", cmd, err)
	}
	if c.Lose != nil && c.Lose(cmd) {
		return nil, ErrLost
	}
	if resp.StatusCode != http.StatusOK {
		return nil, httpError(cmd, resp)
	}
	return &response{resp.Header, data}, nil
}

func readBody(resp *http.Response) ([]byte, error) {
	if resp.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(resp.Body)
	}
	z, err := gzip.NewReader(resp.Body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func httpError(cmd string, resp *http.Response) error {
	e := &StatusError{Command: cmd, HTTP: resp.StatusCode}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		e.Retry = time.Duration(s) * time.Second
	}
	return e
}

func (c *Client) identify(req *http.Request) {
	req.SetBasicAuth(c.User, c.Password)
	req.Header.Set("User-Agent", c.UserAgent)
	req.Header.Set("Accept-Encoding", "gzip")
}

func (c *Client) packed() bool { return c.Base64 && c.AtLeast("12.1") }

// query writes the request line's query, plain or packed. MS-ASHTTP, Request Line.
func (c *Client) query(cmd string, params map[string]string) string {
	if c.packed() {
		return c.packedQuery(cmd, params)
	}
	q := url.Values{"Cmd": {cmd}, "User": {c.User}, "DeviceId": {c.DeviceID}, "DeviceType": {c.DeviceType}}
	for k, v := range params {
		if k != "AcceptMultiPart" {
			q.Set(k, v)
		}
	}
	return q.Encode()
}

// commandCodes of the packed query. MS-ASHTTP, Command Codes.
var commandCodes = map[string]byte{
	"Sync": 0, "SendMail": 1, "SmartForward": 2, "SmartReply": 3, "GetAttachment": 4, "FolderSync": 9,
	"FolderCreate": 10, "FolderDelete": 11, "FolderUpdate": 12, "MoveItems": 13, "GetItemEstimate": 14,
	"MeetingResponse": 15, "Search": 16, "Settings": 17, "Ping": 18, "ItemOperations": 19, "Provision": 20,
	"ResolveRecipients": 21, "ValidateCert": 22, "Find": 23,
}

// parameterTags of the packed query. MS-ASHTTP, Command Parameters.
var parameterTags = map[string]byte{"AttachmentName": 0, "CollectionId": 1, "ItemId": 3, "LongId": 4, "Occurrence": 6}

func (c *Client) packedQuery(cmd string, params map[string]string) string {
	b := []byte{byte(versionNumber(c.Version)), commandCodes[cmd], 0x09, 0x04}
	b = append(append(b, byte(len(c.DeviceID))), c.DeviceID...)
	if c.PolicyKey == 0 {
		b = append(b, 0)
	} else {
		b = binary.LittleEndian.AppendUint32(append(b, 4), c.PolicyKey)
	}
	b = append(append(b, byte(len(c.DeviceType))), c.DeviceType...)
	var options byte
	for k, v := range params {
		switch {
		case k == "SaveInSent" && v == "T":
			options |= 1
		case k == "AcceptMultiPart" && v == "T":
			options |= 2
		default:
			if tag, ok := parameterTags[k]; ok {
				b = append(append(b, tag, byte(len(v))), v...)
			}
		}
	}
	if options != 0 {
		b = append(b, 7, 1, options)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func splitList(s string) []string {
	var list []string
	for _, v := range strings.Split(s, ",") {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, v)
		}
	}
	return list
}

// check makes an error of a root status other than 1.
func check(cmd string, n *Node, status wbxml.Tag) error {
	if s := n.Value(status); s != "1" {
		return &StatusError{Command: cmd, HTTP: http.StatusOK, Status: n.Int(status)}
	}
	return nil
}

func (c *Client) violate(format string, args ...any) {
	c.Violations = append(c.Violations, fmt.Sprintf(format, args...))
}
