package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"streamtest/peer/internal/server"
)

// serve prints the address at which it listens, and serves until its standard input ends or SIGTERM comes. At the first
// SIGINT it lets the calls that are under way go on until their clients end them, and takes no new ones; at the second
// it stops too.
func serve(c *call, arguments []string) error {
	set := c.flags()
	listen := set.String("listen", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0 means any")
	fault := set.String("fault", "", "`NAME` of what to do wrong")
	var options server.Options
	set.IntVar(&options.Padding, "padding", 4096, "`BYTES` that one-at-a-time adds to each answer")
	set.DurationVar(&options.PingInterval, "ping-interval", 0, "how often a client may ping; 0: every five minutes")
	set.StringVar(&options.Journal, "journal", "", "`FILE` that keeps the streams when this process ends")
	if err := parse(set, arguments); err != nil {
		return err
	}
	var err error
	if options.Fault, err = server.ParseFault(*fault); err != nil {
		return usageError{err}
	}
	served, err := server.New(options)
	if err != nil {
		return usageError{err}
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return usageError{err}
	}
	if _, err := fmt.Fprintln(c.out, listener.Addr()); err != nil {
		return usageError{err}
	}
	ended := make(chan error, 1)
	go func() { ended <- served.Serve(listener) }()
	waitForTheEnd(c.in, served, ended)
	served.Stop()
	if err := <-ended; err != nil {
		return usageError{err}
	}
	return nil
}

// waitForTheEnd returns when the server is to be stopped, or can't go on.
func waitForTheEnd(in io.Reader, served *server.Server, ended chan error) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	finished := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(finished)
	}()
	for draining := false; ; {
		select {
		case <-finished:
			return
		case err := <-ended:
			ended <- err
			return
		case received := <-signals:
			if received != os.Interrupt || draining {
				return
			}
			draining = true
			go served.Drain()
		}
	}
}
