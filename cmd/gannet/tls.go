package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"
)

// certificates serves the certificate of the configured files and follows their changes.
type certificates struct {
	certFile, keyFile string
	log               *slog.Logger
	current           atomic.Pointer[tls.Certificate]
	seen              []fileStamp // of the files of current; only load touches it
}

// fileStamp tells whether a file was replaced.
type fileStamp struct {
	modified time.Time
	size     int64
}

// openCertificates reads the configured certificate; there must be one that stands for the name that
// clients are told, else they would refuse what discovery offers them.
func openCertificates(c *Config, log *slog.Logger) (*certificates, error) {
	cs := &certificates{certFile: c.path(c.TLS.Cert), keyFile: c.path(c.TLS.Key), log: log}
	if err := cs.load(); err != nil {
		return nil, usage(fmt.Errorf("tls.cert, tls.key: %w", err))
	}
	if host := c.Server.Hostname; c.HTTP.PublicURL == "" && len(uncovered(cs.leaf(), []string{host})) > 0 {
		return nil, usagef("tls.cert: the certificate in %s does not stand for server.hostname, %s, which clients are told; "+
			"change one of them, or set http.public_url when a proxy has the right certificate", cs.certFile, host)
	}
	return cs, nil
}

// warn logs when the certificate has ended or soon will.
func (cs *certificates) warn(now time.Time) {
	end := cs.leaf().NotAfter
	switch left := end.Sub(now); {
	case left <= 0:
		cs.log.Error("the certificate has ended, clients refuse it", "file", cs.certFile, "ended", end)
	case left < warnBefore:
		cs.log.Warn("the certificate ends soon", "file", cs.certFile, "ends", end)
	}
}

// warnBefore is how long before its end a certificate is warned of: the private authority's own are
// renewed before.
const warnBefore = 14 * day

func (cs *certificates) load() error {
	stamps, err := cs.stamps()
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(cs.certFile, cs.keyFile)
	if err != nil {
		return err
	}
	cs.seen = stamps
	cs.current.Store(&pair)
	return nil
}

func (cs *certificates) stamps() ([]fileStamp, error) {
	var all []fileStamp
	for _, name := range []string{cs.certFile, cs.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		all = append(all, stampOf(info))
	}
	return all, nil
}

func stampOf(info fs.FileInfo) fileStamp { return fileStamp{info.ModTime(), info.Size()} }

// watch reads the certificate again when its files changed, looking each minute and when told to
// through now. What cannot be used is logged, and the certificate in use stays.
func (cs *certificates) watch(ctx context.Context, now <-chan struct{}) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-now:
		case <-tick.C:
			if stamps, err := cs.stamps(); err == nil && slices.Equal(stamps, cs.seen) {
				continue
			}
		}
		if err := cs.load(); err != nil {
			cs.log.LogAttrs(ctx, slog.LevelError, "certificate not reloaded, the old one stays in use", slog.Any("error", err))
			continue
		}
		cs.log.LogAttrs(ctx, slog.LevelInfo, "certificate loaded", slog.Time("expires", cs.leaf().NotAfter))
	}
}

// leaf is the certificate in use.
func (cs *certificates) leaf() *x509.Certificate { return cs.current.Load().Leaf }

// config returns the TLS settings of a listener.
func (cs *certificates) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return cs.current.Load(), nil
		},
	}
}
