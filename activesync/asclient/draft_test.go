package asclient

import (
	"testing"

	"github.com/gannetmail/gannet/wbxml"
)

// TestDrafts makes a draft, and takes the answer that gives it an id and at once takes it away again.
func TestDrafts(t *testing.T) {
	made := func(client, id string) *Node {
		return El(wbxml.AirSyncResponses, El(wbxml.AirSyncAdd, El(wbxml.AirSyncClientId, client),
			El(wbxml.AirSyncServerId, id), El(wbxml.AirSyncStatus, 1)))
	}
	c, f := synced(t, answer("k2", made("n1", "c1:1")))
	subject := "s"
	draft := AddDraft("n1", Draft{
		Subject: &subject, Send: true, Detach: []string{"i1:2"}, Body: &Body{Type: HTML, Data: "<p>"},
		Attach: []NewAttachment{{ClientID: "f", Name: "a.png", Type: "image/png", ContentID: "cid", Inline: true, Content: []byte{0, 255}}},
	})
	const want = "AirSync:Add\n  AirSync:ClientId \"n1\"\n  AirSync:ApplicationData\n    Email:Subject \"s\"\n" +
		"    AirSyncBase:Attachments\n      AirSyncBase:Delete\n        AirSyncBase:FileReference \"i1:2\"\n" +
		"      AirSyncBase:Add\n        AirSyncBase:ClientId \"f\"\n        AirSyncBase:Content x\"00ff\"\n" +
		"        AirSyncBase:ContentType \"image/png\"\n        AirSyncBase:DisplayName \"a.png\"\n" +
		"        AirSyncBase:ContentId \"cid\"\n        AirSyncBase:IsInline \"1\"\n        AirSyncBase:Method \"1\"\n" +
		"    AirSyncBase:Body\n      AirSyncBase:Type \"2\"\n      AirSyncBase:Data \"<p>\"\n    Email2:Send\n"
	if got := draft.String(); got != want {
		t.Errorf("draft\n%s\nwant\n%s", got, want)
	}
	responses, err := c.Drafts(t.Context(), f, draft)
	if err != nil || responses["n1"].Value(wbxml.AirSyncServerId) != "c1:1" || f.Items["c1:1"].Value(wbxml.EmailSubject) != "s" {
		t.Fatalf("%v, %v, items %v", responses, err, f.Items)
	}
	for _, wrong := range []*Node{made("n9", "c1:2"), made("n1", "c1:1"), made("n1", "")} {
		before := len(c.Violations)
		if err := f.takeAdds([]*Node{draft}, wrong.Children); err == nil {
			t.Errorf("accepted:\n%v", wrong)
		}
		if len(c.Violations) != before {
			t.Error("noted by somebody else")
		}
	}
}
