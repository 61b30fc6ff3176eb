package asclient

import (
	"context"

	"github.com/gannetmail/gannet/wbxml"
)

// Answers to a meeting. MS-ASCMD, UserResponse.
const (
	Accept    = 1
	Tentative = 2
	Decline   = 3
)

// MeetingAnswer answers an invitation or an event. MS-ASCMD, Request (MeetingResponse).
type MeetingAnswer struct {
	Response   int
	Folder, ID string // of the invitation or the event
	Instance   string // original start of one occurrence, from 14.1 on; empty: the whole

	Send       bool   // the server tells the organizer, from 16.0 on
	Comment    string // with Send
	Start, End string // proposed, with Send, compact, from 16.1 on; empty: nothing is proposed
}

// AnswerMeeting answers one meeting and returns the id of the event, empty if there is none.
func (c *Client) AnswerMeeting(ctx context.Context, a MeetingAnswer) (string, error) {
	request := El(wbxml.MeetingResponseRequest, El(wbxml.MeetingResponseUserResponse, a.Response),
		El(wbxml.MeetingResponseCollectionId, a.Folder), El(wbxml.MeetingResponseRequestId, a.ID))
	add := func(n *Node) { request.Children = append(request.Children, n) }
	if a.Instance != "" {
		add(El(wbxml.MeetingResponseInstanceId, a.Instance))
	}
	if a.Send {
		send := El(wbxml.MeetingResponseSendResponse)
		if a.Comment != "" {
			send.Children = append(send.Children, El(wbxml.AirSyncBaseBody, El(wbxml.AirSyncBaseType, PlainText), El(wbxml.AirSyncBaseData, a.Comment)))
		}
		if a.Start != "" {
			send.Children = append(send.Children, El(wbxml.MeetingResponseProposedStartTime, a.Start), El(wbxml.MeetingResponseProposedEndTime, a.End))
		}
		add(send)
	}
	answer, err := c.Do(ctx, "MeetingResponse", El(wbxml.MeetingResponseMeetingResponse, request))
	if err != nil {
		return "", err
	}
	result := answer.Find(wbxml.MeetingResponseResult)
	return result.Value(wbxml.MeetingResponseCalendarId), check("MeetingResponse", result, wbxml.MeetingResponseStatus)
}
