package server

import (
	"context"
	"net"
	"sync/atomic"

	"google.golang.org/grpc/peer"
)

// watchedListener gives connections that know whether they are gone. A call's context ends alike when its client ends
// the call and when the connection breaks; this tells which it was.
type watchedListener struct{ net.Listener }

func (l watchedListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &watchedConn{Conn: accepted}, nil
}

// watchedConn notes that it is gone before anybody above is told.
type watchedConn struct {
	net.Conn
	gone atomic.Bool
}

func (c *watchedConn) Read(into []byte) (int, error) {
	count, err := c.Conn.Read(into)
	if err != nil {
		c.gone.Store(true)
	}
	return count, err
}

func (c *watchedConn) Write(from []byte) (int, error) {
	count, err := c.Conn.Write(from)
	if err != nil {
		c.gone.Store(true)
	}
	return count, err
}

func (c *watchedConn) Close() error {
	c.gone.Store(true)
	return c.Conn.Close()
}

// RemoteAddr is how a call finds its connection.
func (c *watchedConn) RemoteAddr() net.Addr {
	return watchedAddr{Addr: c.Conn.RemoteAddr(), conn: c}
}

type watchedAddr struct {
	net.Addr
	conn *watchedConn
}

// connectionIsGone tells whether the connection of the call with that context broke.
func connectionIsGone(ctx context.Context) bool {
	caller, ok := peer.FromContext(ctx)
	if !ok {
		return false
	}
	address, ok := caller.Addr.(watchedAddr)
	return ok && address.conn.gone.Load()
}
