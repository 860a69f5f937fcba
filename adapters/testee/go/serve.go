package testee

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// Main is all that the main function of a testee needs. It serves the standard streams, or, with -listen HOST:PORT,
// every connection to that address, which it prints first; port 0 takes a free one. It returns when the standard input
// ends, and exits with code 1 if it can't serve, or 2 for a bad command line.
//
// It defines the flag -listen and parses the command line; flags of the testee's own are defined before. What the
// stream prints to os.Stdout goes to standard error, because it must not come between the answers.
func Main[S Stream](hello Hello, newStream func(context.Context, Scenario) (S, error)) {
	address := flag.String("listen", "", "listen at `HOST:PORT` instead of serving the standard streams")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(flag.CommandLine.Output(), "unexpected argument: %q\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	output := os.Stdout
	os.Stdout = os.Stderr
	served := make(chan struct{})
	input := &lastWord{input: os.Stdin, served: served}
	serve := func() error { return Serve(hello, newStream, input, output) }
	if *address != "" {
		serve = func() error { return listenUntil(input, output, *address, hello, newStream) }
	}
	err := serve()
	close(served)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testee:", err)
		os.Exit(1)
	}
}

// Serve says hello and answers requests until the input ends. Then it destroys the cursors and drops the streams that
// are left; requests under way see their contexts done and aren't waited for, so an answer may still be written to output
// later. newStream gives a fresh and empty stream, and
// the optional interfaces of the type S are what the hello declares.
//
// It fails if the hello can't be said, if the input can't be read, and with the first line that isn't a request. A
// request that can be answered is answered, whatever is wrong with it.
func Serve[S Stream](hello Hello, newStream func(context.Context, Scenario) (S, error), input io.Reader, output io.Writer) error {
	line, err := greetingOf(hello, typeOf[S]())
	if err != nil {
		return err
	}
	registry := newRegistry(newStream)
	defer registry.dropAll()
	return newSession(registry, output).serve(line, input)
}

// Listen serves each connection as Serve does its input, until the listener is closed; then it closes the connections.
// Streams are those of all connections; cursors are one's own, and are destroyed with it. What is wrong with one
// connection is written to standard error, and is nothing to the others.
//
// It fails if the hello can't be said, or if the listener fails.
func Listen[S Stream](hello Hello, newStream func(context.Context, Scenario) (S, error), listener net.Listener) error {
	line, err := greetingOf(hello, typeOf[S]())
	if err != nil {
		return err
	}
	registry := newRegistry(newStream)
	defer registry.dropAll()
	var serving sync.WaitGroup
	defer serving.Wait()
	ctx, end := context.WithCancel(context.Background())
	defer end()
	for {
		connection, err := accept(listener)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		serving.Add(1)
		go func() {
			defer serving.Done()
			serveConnection(ctx, registry, line, connection)
		}()
	}
}

func serveConnection(ctx context.Context, registry *registry, line greeting, connection net.Conn) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	go func() {
		<-ctx.Done()
		connection.Close()
	}()
	err := newSession(registry, connection).serve(line, connection)
	if broken := new(net.OpError); err != nil && !errors.As(err, &broken) { // a network may break
		fmt.Fprintf(os.Stderr, "testee: connection of %v: %v\n", connection.RemoteAddr(), err)
	}
}

// accept tries again while there are too many open files, which is not the listener's end.
func accept(listener net.Listener) (net.Conn, error) {
	for {
		connection, err := listener.Accept()
		if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
			return connection, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func listenUntil[S Stream](
	input io.Reader, output io.Writer, address string, hello Hello, newStream func(context.Context, Scenario) (S, error),
) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, input)
		listener.Close()
	}()
	fmt.Fprintln(output, listener.Addr())
	return Listen(hello, newStream, listener)
}

// lastWord reads the standard input, and lets the process end soon after it, also if a stream hangs in its Close.
type lastWord struct {
	input  io.Reader
	served <-chan struct{} // closed when the testee has ended in good order
}

func (l *lastWord) Read(buffer []byte) (int, error) {
	count, err := l.input.Read(buffer)
	if err != nil {
		go l.endSoon()
	}
	return count, err
}

func (l *lastWord) endSoon() {
	select {
	case <-l.served:
	case <-time.After(time.Second): // half of what the kit gives
		fmt.Fprintln(os.Stderr, "testee: a cursor or a stream is still busy ending; it is left behind")
		os.Exit(1)
	}
}
