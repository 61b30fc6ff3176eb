package mail

import (
	"slices"
	"strings"
)

// Message classes of MS-ASEMAIL, MessageClass.
const (
	classNote            = "IPM.Note"
	classSMIME           = "IPM.Note.SMIME"
	classMultipartSigned = "IPM.Note.SMIME.MultipartSigned"
	classSMIMEReceipt    = "IPM.Note.Receipt.SMIME"
	classRequest         = "IPM.Schedule.Meeting.Request"
	classCanceled        = "IPM.Schedule.Meeting.Canceled"
	classAccepted        = "IPM.Schedule.Meeting.Resp.Pos"
	classTentative       = "IPM.Schedule.Meeting.Resp.Tent"
	classDeclined        = "IPM.Schedule.Meeting.Resp.Neg"
)

// contentClasses are the values of Content-Class that decide the class, as Exchange writes them.
var contentClasses = map[string]string{
	"voice":                            "IPM.Note.Microsoft.Voicemail",
	"voice-ca":                         "IPM.Note.Microsoft.Voicemail.UM.CA",
	"voice-uc":                         "IPM.Note.Microsoft.Voicemail.UM",
	"missedcall":                       "IPM.Note.Microsoft.Missed.Voice",
	"urn:content-class:voice":          "IPM.Note.Microsoft.Voicemail",
	"urn:content-class:voice-ca":       "IPM.Note.Microsoft.Voicemail.UM.CA",
	"urn:content-class:voice-uc":       "IPM.Note.Microsoft.Voicemail.UM",
	"urn:content-class:missedcall":     "IPM.Note.Microsoft.Missed.Voice",
	"urn:content-classes:mfn":          "IPM.Notification.Meeting",
	"sharing":                          "IPM.Sharing",
	"rpmsg.message":                    "IPM.Note",
	"urn:content-classes:infopathform": "IPM.InfoPathForm",
}

// MessageClass is the message's class for ActiveSync, by its structure: reports, S/MIME, invitations and answers,
// voice mail, else IPM.Note.
func (s *Summary) MessageClass() string {
	if class := s.reportClass(); class != "" {
		return class
	}
	if class, ok := contentClasses[s.ContentClass]; ok {
		return class
	}
	if class := s.smimeClass(); class != "" {
		return class
	}
	if class := s.meetingClass(); class != "" {
		return class
	}
	return classNote
}

func (s *Summary) reportClass() string {
	root := s.Root
	if root == nil || !root.Is("multipart", "report") {
		return ""
	}
	switch strings.ToLower(root.Param("report-type")) {
	case "delivery-status", "":
		base := s.reportedClass()
		switch s.Report.Action {
		case "failed":
			return base + ".NDR"
		case "delayed":
			return base + ".DELAYED"
		case "delivered", "relayed", "expanded":
			return base + ".DR"
		}
		if s.Report.Type == "delivery-status" {
			return base + ".NDR"
		}
	case "disposition-notification":
		if s.Report.Action == "deleted" || s.Report.Action == "denied" {
			return s.reportedClass() + ".IPNNRN"
		}
		return s.reportedClass() + ".IPNRN"
	}
	return ""
}

// reportedClass is REPORT and the class of the message that a report is about, as far as the report carries it.
func (s *Summary) reportedClass() string {
	for _, c := range s.Root.Children {
		if c.Message == nil {
			continue
		}
		about := &Summary{Root: c.Message.Root}
		if class := about.smimeClass(); class != "" {
			return "REPORT." + class
		}
		if class := about.meetingClass(); class != "" {
			return "REPORT." + class
		}
	}
	return "REPORT." + classNote
}

func (s *Summary) smimeClass() string {
	root := s.Root
	if root == nil {
		return ""
	}
	switch {
	case root.Is("multipart", "signed"):
		if !strings.Contains(strings.ToLower(root.Param("protocol")), "pgp") {
			return classMultipartSigned
		}
	case root.isPKCS7():
		if strings.EqualFold(root.Param("smime-type"), "signed-receipt") {
			return classSMIMEReceipt
		}
		return classSMIME
	}
	return ""
}

// isPKCS7 recognises an S/MIME body, RFC 8551 section 3.2; octet streams by their name.
func (p *Part) isPKCS7() bool {
	switch {
	case p == nil:
		return false
	case p.Is("application", "pkcs7-mime"), p.Is("application", "x-pkcs7-mime"):
		return !strings.EqualFold(p.Param("smime-type"), "certs-only")
	case p.Is("application", "octet-stream"):
		return strings.HasSuffix(strings.ToLower(p.FileName()), ".p7m")
	}
	return false
}

// MeetingPart is the calendar part that makes the message an invitation, a cancellation or an answer; nil if none does.
// A calendar that is only attached to a message does not, unless it states its method in the Content-Type.
func (s *Summary) MeetingPart() *Part {
	return s.partOf("REQUEST", "CANCEL", "COUNTER", "REPLY")
}

// SchedulingPart is the calendar part by which the message asks for something to be done to the calendar of who receives
// it: that of [Summary.MeetingPart], and those that people are not shown as meetings; nil if there is none. RFC 5546,
// section 1.4.
func (s *Summary) SchedulingPart() *Part {
	return s.partOf("REQUEST", "CANCEL", "COUNTER", "REPLY", "ADD", "REFRESH", "DECLINECOUNTER")
}

func (s *Summary) partOf(methods ...string) *Part {
	for _, p := range s.CalendarParts() {
		if p.Disposition == "attachment" && p.Param("method") == "" {
			continue
		}
		if slices.Contains(methods, p.Method) {
			return p
		}
	}
	return nil
}

// meetingClass is the class that MeetingPart gives.
func (s *Summary) meetingClass() string {
	p := s.MeetingPart()
	if p == nil {
		return ""
	}
	switch p.Method {
	case "REQUEST":
		return classRequest
	case "CANCEL":
		return classCanceled
	case "COUNTER":
		return classTentative
	}
	return replyClass(p.PartStat)
}

func replyClass(partStat string) string {
	switch partStat {
	case "ACCEPTED", "COMPLETED", "IN-PROCESS":
		return classAccepted
	case "DECLINED":
		return classDeclined
	case "TENTATIVE", "DELEGATED":
		return classTentative
	}
	return classNote
}
