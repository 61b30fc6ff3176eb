package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/gannetmail/gannet/activesync/doctor"
	"github.com/gannetmail/gannet/auth"
	"github.com/gannetmail/gannet/calendar/subscription"
	"github.com/gannetmail/gannet/store"
)

// admin carries out the administrative verbs. It lives in the one process that has the store open:
// the serving one, which offers it through the control socket, or that of the verb itself.
type admin struct {
	config *Config
	store  store.Store
	auth   *auth.Service
	log    *slog.Logger
	now    func() time.Time
	server *serverState // nil unless this process serves

	subscriptions *subscription.Service
}

// serverState is what only a serving process knows.
type serverState struct {
	started            time.Time
	addresses          map[string]string // of each listener, by its key without "listen."
	certificateChanged func()
	deviceChanged      func(store.AccountID, string)
	deviceRemoved      func(store.AccountID, string)
	doctor             func(store.Reader, store.AccountID, string) (doctor.Report, error)
	policyChanged      func(context.Context) error
}

// say reports progress in one line; it may be called from one goroutine at a time.
type say func(line string)

// verb is one operation as the control socket carries it: JSON in, JSON out.
type verb func(ctx context.Context, a *admin, request []byte, progress say) (any, error)

// on makes a verb of a method with typed request and result.
func on[Req, Res any](do func(a *admin, ctx context.Context, r Req, progress say) (Res, error)) verb {
	return func(ctx context.Context, a *admin, request []byte, progress say) (any, error) {
		var r Req
		if err := json.Unmarshal(request, &r); err != nil {
			return nil, usagef("request: %w", err)
		}
		return do(a, ctx, r, progress)
	}
}

// verbs lists every operation by its name on the control socket.
func verbs() map[string]verb {
	return map[string]verb{
		"account.add":                 on((*admin).addAccount),
		"account.list":                on((*admin).listAccounts),
		"account.show":                on((*admin).showAccount),
		"account.disable":             on((*admin).disableAccount),
		"account.remove":              on((*admin).removeAccount),
		"account.folders":             on((*admin).listFolders),
		"account.quota":               on((*admin).setQuota),
		"account.timezone":            on((*admin).setTimezone),
		"account.passwd":              on((*admin).setPassword),
		"account.oof.show":            on((*admin).showOof),
		"account.oof.set":             on((*admin).setOof),
		"account.app-password.add":    on((*admin).addAppPassword),
		"account.app-password.list":   on((*admin).listAppPasswords),
		"account.app-password.revoke": on((*admin).revokeAppPassword),
		"account.person.show":         on((*admin).showPerson),
		"account.person.set":          on((*admin).setPerson),
		"account.resource.set":        on((*admin).setResource),
		"account.resource.show":       on((*admin).showResource),
		"account.resource.list":       on((*admin).listResources),
		"account.photo.set":           on((*admin).setPhoto),
		"account.photo.show":          on((*admin).showPhoto),
		"account.photo.remove":        on((*admin).removePhoto),
		"account.certificate.add":     on((*admin).addCertificate),
		"account.certificate.list":    on((*admin).listCertificates),
		"account.certificate.remove":  on((*admin).removeCertificate),
		"domain.add":                  on((*admin).addDomain),
		"domain.list":                 on((*admin).listDomains),
		"domain.remove":               on((*admin).removeDomain),
		"alias.add":                   thenPolicies(on((*admin).putAlias)),
		"alias.list":                  on((*admin).listAliases),
		"alias.remove":                thenPolicies(on((*admin).removeAlias)),
		"group.add":                   thenPolicies(on((*admin).putGroup)),
		"group.list":                  on((*admin).listGroups),
		"group.show":                  on((*admin).showGroup),
		"group.set":                   on((*admin).setGroup),
		"group.join":                  thenPolicies(on((*admin).joinGroup)),
		"group.leave":                 thenPolicies(on((*admin).leaveGroup)),
		"group.remove":                thenPolicies(on((*admin).removeGroup)),
		"share.add":                   on((*admin).addShare),
		"share.list":                  on((*admin).listShares),
		"share.remove":                on((*admin).removeShare),
		"device.list":                 on((*admin).listDevices),
		"device.show":                 on((*admin).showDevice),
		"device.access":               on((*admin).setAccess),
		"device.wipe":                 on((*admin).wipeDevice),
		"device.unwipe":               on((*admin).unwipeDevice),
		"device.resend":               on((*admin).resendMessage),
		"device.rules":                on((*admin).showDeviceRules),
		"device.rules.change":         on((*admin).changeDeviceRules),
		"device.rules.apply":          on((*admin).applyDeviceRules),
		"device.policy.show":          on((*admin).showPolicy),
		"device.policy.change":        thenPolicies(on((*admin).changePolicy)),
		"device.policy.effective":     on((*admin).effectivePolicy),
		"device.remove":               on((*admin).removeDevice),
		"queue.list":                  on((*admin).listQueue),
		"queue.retry":                 on((*admin).retryQueue),
		"queue.remove":                on((*admin).removeQueue),
		"import.begin":                on((*admin).beginImport),
		"import.known":                on((*admin).askImport),
		"items.folders":               on((*admin).listItemFolders),
		"items.get":                   on((*admin).getItems),
		"calendar.subscribe":          on((*admin).subscribeCalendar),
		"calendar.list":               on((*admin).listCalendars),
		"calendar.unsubscribe":        on((*admin).unsubscribeCalendar),
		"calendar.refresh":            on((*admin).refreshCalendars),
		"check":                       on((*admin).check),
		"backup":                      on((*admin).backup),
		"status":                      on((*admin).status),
	}
}

// thenPolicies is a verb that changes what the policies of devices are made of.
func thenPolicies(do verb) verb {
	return func(ctx context.Context, a *admin, request []byte, progress say) (any, error) {
		result, err := do(ctx, a, request, progress)
		if err == nil && a.server != nil {
			err = a.server.policyChanged(ctx)
		}
		return result, err
	}
}

// nothing is the request or result of a verb that has none.
type nothing struct{}

// view reads the directory.
func (a *admin) view(ctx context.Context, fn func(store.Reader) error) error {
	return a.store.View(ctx, 0, fn)
}

// update changes the directory.
func (a *admin) update(ctx context.Context, fn func(store.Tx) error) error {
	return a.store.Update(ctx, 0, fn)
}

// statusInfo is the result of status.
type statusInfo struct {
	Version   string            `json:"version"`
	Commit    string            `json:"commit"`
	Started   time.Time         `json:"started"`
	Addresses map[string]string `json:"addresses"`
}

func (a *admin) status(_ context.Context, _ nothing, _ say) (statusInfo, error) {
	if a.server == nil {
		return statusInfo{}, fmt.Errorf("no server runs on %s", a.config.Data)
	}
	return statusInfo{version, buildCommit(), a.server.started, a.server.addresses}, nil
}
