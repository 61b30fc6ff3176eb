package activesync

import "github.com/gannetmail/gannet/calendar"

// removeEvent takes an event away.
func removeEvent(_ []byte, _ *objectCommand) (objectChange, error) { return objectChange{}, nil }

// invitations are the messages that a change of the event makes go out.
func (e *eventEdit) invitations(_ *calendar.Object) ([]objectMail, error) { return nil, nil }
