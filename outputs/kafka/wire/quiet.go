package wire

import (
	"net"
	"syscall"
)

// quiet tells whether an idle connection is alive and silent. On a connection
// on which nothing was asked, anything to read is the end: EOF, a reset, or
// TLS saying goodbye.
func quiet(nc net.Conn) bool {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return true
	}
	rc, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	alive := false
	err = rc.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		alive = err == syscall.EAGAIN || err == syscall.EINTR
		return true // do not wait
	})
	return err == nil && alive
}
