package policy

import (
	"errors"

	"github.com/gannetmail/gannet/store"
)

// The states of a wipe and what moves one to the next. "account" is AccountOnlyRemoteWipe, which removes the
// account with its data; "device" is RemoteWipe, which erases everything. MS-ASPROV, RemoteWipe.
//
//	none ──ask──► pending ──tell──► sent ──report done──► done
//	  ▲             │  ▲              │                     │
//	  ├──take back──┘  └─report failed┘                     │
//	  └───────────────────── let in again ◄─────────────────┘
//
// A device that was told may have obeyed without saying so: only letting it in again ends that.

// ErrWipeSent says that a wipe cannot be taken back: the device has been told.
var ErrWipeSent = errors.New("the device has been told to wipe already")

// ErrNoWipe says that there is none to take back.
var ErrNoWipe = errors.New("no wipe was asked for")

// AskWipe is the state after an operator asked: for the account, or for all of the device. Asking for more is
// always possible, asking for less until the device has been told.
func AskWipe(w store.Wipe, whole bool) (store.Wipe, error) {
	switch {
	case w == store.WipeDeviceSent && !whole:
		return w, ErrWipeSent
	case w == store.WipeDeviceSent, w == store.WipeAccountSent && !whole:
		return w, nil
	case whole:
		return store.WipeDevicePending, nil
	}
	return store.WipeAccountPending, nil
}

// TellWipe is the state after the device has been told.
func TellWipe(w store.Wipe) store.Wipe {
	switch w {
	case store.WipeAccountPending, store.WipeFailed:
		return store.WipeAccountSent
	case store.WipeDevicePending:
		return store.WipeDeviceSent
	}
	return w
}

// ReportWipe is the state after the device has said that it is done or has failed, with a wipe of the account
// or of all. One that failed is asked for again; one that nobody asked for changes nothing, and neither does
// that of the account where all of the device is to be erased.
func ReportWipe(w store.Wipe, whole, done bool) store.Wipe {
	account := w == store.WipeAccountPending || w == store.WipeAccountSent || w == store.WipeFailed
	device := w == store.WipeDevicePending || w == store.WipeDeviceSent
	switch {
	case done && (device && whole || account):
		return store.WipeDone
	case !done && account:
		return store.WipeAccountPending
	case !done && device && whole:
		return store.WipeDevicePending
	}
	return w
}

// TakeBackWipe is the state after an operator has taken the wipe back: ErrWipeSent when the device has been
// told, ErrNoWipe when there is none.
func TakeBackWipe(w store.Wipe) (store.Wipe, error) {
	switch w {
	case store.WipeAccountPending, store.WipeDevicePending, store.WipeFailed:
		return store.NoWipe, nil
	case store.WipeAccountSent, store.WipeDeviceSent:
		return w, ErrWipeSent
	}
	return w, ErrNoWipe
}
