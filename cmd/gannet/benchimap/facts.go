package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// tmpfsMagic is the type of a file system that lives in memory. statfs(2).
const tmpfsMagic = 0x01021994

// facts prints what the figures were taken on.
func (b *bench) facts(dir string) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err == nil && fs.Type == tmpfsMagic {
		fmt.Fprintf(os.Stderr, "%s is in memory: figures of durable writes mean nothing; choose a disk by -dir\n", dir)
	}
	sync, err := fsyncTime(filepath.Join(dir, "fsync"))
	if err != nil {
		return err
	}
	fmt.Printf("machine: %s, %d CPUs, %s, Linux %s; write of 4 KiB and fsync: %.2f ms (median of %d)\n",
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), field("/proc/meminfo", "MemTotal"), kernel(), sync, syncs)
	fmt.Printf("both: %d messages of 2 to 40 KB, TLS 1.3 (X25519, %s) with the same certificate, ECDSA P-256; median of %d rounds, by turns\n",
		b.messages, tls.CipherSuiteName(tls.TLS_AES_128_GCM_SHA256), b.rounds)
	if b.dovecot != nil {
		fmt.Printf("dovecot: %s, %s, mail_fsync=%s, shared login processes, no full-text plugin\n", b.dovecot.version, b.storage, b.fsync)
	}
	return nil
}

func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "?"
	}
	return strings.TrimSpace(string(text))
}

// field finds the first value of a name in a file of "name: value" lines.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "?"
}

// syncs is how often a write is synced to find out what it takes.
const syncs = 200

// fsyncTime is what a small durable write takes on the disk, in milliseconds.
func fsyncTime(path string) (took float64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(path)) }()
	var all []float64
	for range syncs {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4<<10)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		all = append(all, milliseconds(time.Since(began)))
	}
	return median(all), nil
}
