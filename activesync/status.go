package activesync

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gannetmail/gannet/activesync/wire"
	"github.com/gannetmail/gannet/store"
	"github.com/gannetmail/gannet/wbxml"
)

// Common status codes, for any command. MS-ASCMD, Common Status Codes.
const (
	statusInvalidContent      = 101
	statusInvalidWBXML        = 102
	statusInvalidXML          = 103
	statusInvalidDateTime     = 104
	statusInvalidCombination  = 105
	statusInvalidIDs          = 106
	statusInvalidMIME         = 107
	statusDeviceID            = 108
	statusDeviceType          = 109
	statusServerError         = 110
	statusRetryLater          = 111
	statusQuota               = 113
	statusPreviouslySent      = 118
	statusNoRecipient         = 119
	statusSubmissionFailed    = 120
	statusTooLarge            = 122
	statusUserUnknown         = 125
	statusUserDisabled        = 126
	statusDeviceBlocked       = 129
	statusAccessDenied        = 130
	statusAccountDisabled     = 131
	statusCommandNotSupported = 137
	statusVersionNotSupported = 138
	statusNotProvisionable    = 139
	statusRemoteWipe          = 140
	statusLegacyDevice        = 141
	statusNotProvisioned      = 142
	statusPolicyRefresh       = 143
	statusPolicyKey           = 144
	statusExternallyManaged   = 145
	statusNoRecurrence        = 146
	statusItemNotFound        = 150
	statusTooManyFolders      = 151
	statusMoveNotPersistent   = 155
	statusMoveDestination     = 156
	statusBodyPartType        = 164
	statusDeviceInformation   = 165
	statusAccountID           = 166
	statusRightsDisabled      = 168
	statusTooManyDevices      = 177
	statusInvalidMIMEBody     = 178
	statusSmartForward        = 179
)

// statusRetryProvision is the HTTP code by which up to 12.1 a client is sent to Provision.
const statusRetryProvision = 449

// httpStatus is what stands for a common status up to 12.1; one that is missing here is 400.
var httpStatus = map[int]int{
	110: 500, 111: 503, 112: 403, 113: 507, 114: 503, 115: 500, 116: 500, 117: 500, 118: 500, 119: 500,
	120: 500, 121: 500, 122: 500, 123: 403, 124: 401, 125: 403, 126: 403, 127: 403, 128: 403, 129: 403,
	130: 403, 131: 403, 132: 403, 133: 503, 134: 500, 135: 500, 136: 500, 137: 501, 138: 400, 139: 403,
	140: 449, 141: 449, 142: 449, 143: 449, 144: 449, 145: 403, 177: 403,
}

// httpCode is the HTTP code for a common status up to 12.1.
func httpCode(status int) int {
	if code, ok := httpStatus[status]; ok {
		return code
	}
	return http.StatusBadRequest
}

// A statusError ends a command with that status in the root of its answer.
type statusError struct {
	status int
	err    error // why, for the log; nil: nothing to be said about it
}

// fail returns an error that ends a command with that status.
func fail(status int, err error) error { return &statusError{status, err} }

// Error returns the status with its reason.
func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("status %d", e.status)
	}
	return fmt.Sprintf("status %d: %v", e.status, e.err)
}

// Unwrap returns the reason.
func (e *statusError) Unwrap() error { return e.err }

// kindStatus is the answer to kinds of error that no command treated in its own way.
var kindStatus = []struct {
	is     error
	status int
}{
	{store.Busy, statusRetryLater},
	{store.Closed, statusRetryLater},
	{store.Full, statusRetryLater}, // the operator makes room; the phone keeps what it has
	{store.OverQuota, statusQuota},
	{store.TooLarge, statusTooLarge},
	{wire.ErrEmpty, statusInvalidContent},
	{wire.ErrBodyPartType, statusBodyPartType},
}

// status is what the root of the answer to q says about err. It prefers the command's own statuses, which
// every version has.
func (q *request) status(err error) int {
	var own *statusError
	var syntax *wbxml.SyntaxError
	var schema *wire.SchemaError
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		return own.status
	case errors.As(err, &long):
		return statusTooLarge
	case errors.As(err, &schema) && q.version < V140 && q.cmd.malformed != 0:
		return q.cmd.malformed
	case errors.As(err, &schema):
		return statusInvalidXML
	case errors.As(err, &syntax):
		return statusInvalidWBXML
	}
	for _, row := range kindStatus {
		if errors.Is(err, row.is) {
			return row.status
		}
	}
	if q.cmd.failed != 0 {
		return q.cmd.failed
	}
	return statusServerError
}

// ours reports whether err is a fault of the server that belongs into its log as such.
func ours(err error) bool {
	var own *statusError
	var syntax *wbxml.SyntaxError
	var schema *wire.SchemaError
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		return own.status == statusServerError
	case errors.As(err, &long):
		return false
	case errors.As(err, &syntax), errors.As(err, &schema), errors.Is(err, wire.ErrEmpty), errors.Is(err, wire.ErrBodyPartType):
		return false
	case errors.Is(err, context.Canceled), errors.Is(err, store.OverQuota), errors.Is(err, store.TooLarge):
		return false
	}
	return true
}
