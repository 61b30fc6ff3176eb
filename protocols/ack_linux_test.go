package protocols

import (
	"net"
	"syscall"
	"testing"
)

func TestAckAtOnce(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	accepted, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	raw, err := accepted.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func() (on int) {
		raw.Control(func(fd uintptr) {
			on, err = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK)
		})
		if err != nil {
			t.Fatal(err)
		}
		return on
	}
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 0)
	})
	if option() != 0 {
		t.Skip("this kernel acknowledges everything at once")
	}
	(&Conn{IdleConn: NewIdleConn(accepted, Deadlines{})}).AckAtOnce()
	if option() == 0 {
		t.Error("the kernel still waits")
	}

	near, far := net.Pipe()
	defer far.Close()
	defer near.Close()
	(&Conn{IdleConn: NewIdleConn(near, Deadlines{})}).AckAtOnce() // nothing to ask
}
