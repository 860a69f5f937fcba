// Program peer is the other side of the network stream in another language and on another implementation of gRPC: a
// server of event streams in memory with the control service, and a client that reads from any server and drives any
// that has the control service.
//
//	peer serve --listen HOST:PORT [--fault NAME] [--padding BYTES] [--ping-interval D] [--journal FILE]
//	peer read --target HOST:PORT --application KEY --types A,B [--type C]... [--offset N] [--count N] [--cursors N]
//	          [--media-type M]... [--no-media-types] [--timeout D]
//	peer types --target HOST:PORT --application KEY [--timeout D]
//	peer control reset --target HOST:PORT --application KEY [--name N] --types A,B [--type C]... [--media-type M]...
//	                   [--first-offset N] [--buffer-size N] [--timeout D]
//	peer control append --target HOST:PORT --application KEY [--skip-validation] [--timeout D]
//	peer control truncate --target HOST:PORT --application KEY --first-offset N [--timeout D]
//
// What it sees is printed as JSON, one object a line. It ends with 0 if all was done, with 1 if the last line is an
// error, and with 2, and words on standard error, if it can't be done at all. README.md tells more.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"streamtest/peer/internal/client"
)

const (
	exitDone    = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// command does one thing, and prints what came of it. The error of a call becomes the last line that is printed.
type command func(call *call, arguments []string) error

var commands = map[string]command{
	"serve":            serve,
	"read":             read,
	"types":            eventTypes,
	"control reset":    reset,
	"control append":   appendEvents,
	"control truncate": truncate,
}

// call is what a command is given of its surroundings.
type call struct {
	name        string
	in          io.Reader
	out, errors io.Writer
	// failedCursor is the number of the one that failed, if there were several.
	failedCursor *int
}

// usageError tells that the program was called wrongly, or can't do it at all.
type usageError struct{ error }

func run(arguments []string, in io.Reader, out, complaints io.Writer) int {
	c := &call{in: in, out: out, errors: complaints}
	if len(arguments) > 0 {
		c.name, arguments = arguments[0], arguments[1:]
	}
	if c.name == "control" && len(arguments) > 0 {
		c.name, arguments = "control "+arguments[0], arguments[1:]
	}
	do, ok := commands[c.name]
	if !ok {
		fmt.Fprintln(complaints, "usage: peer serve|read|types|control reset|control append|control truncate [--FLAG VALUE]...")
		return exitUsage
	}
	err := do(c, arguments)
	switch wrong := (usageError{}); {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &wrong):
		fmt.Fprintf(complaints, "peer %s: %v\n", c.name, wrong.error)
		return exitUsage
	}
	failure := client.NewFailure(err)
	failure.Cursor = c.failedCursor
	if err := c.print(map[string]*client.Failure{"error": failure}); err != nil {
		return exitUsage
	}
	return exitFailure
}

func (c *call) print(value any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// flags returns a set of flags for this command.
func (c *call) flags() *flag.FlagSet {
	set := flag.NewFlagSet("peer "+c.name, flag.ContinueOnError)
	set.SetOutput(c.errors)
	return set
}

// parse reads the flags, of which those in required must be there.
func parse(set *flag.FlagSet, arguments []string, required ...string) error {
	if err := set.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return usageError{err}
	}
	if set.NArg() > 0 {
		return usageError{fmt.Errorf("nothing is known of %q", set.Arg(0))}
	}
	given := map[string]bool{}
	set.Visit(func(each *flag.Flag) { given[each.Name] = true })
	for _, name := range required {
		if !given[name] {
			return usageError{fmt.Errorf("--%s is missing", name)}
		}
	}
	return nil
}

// remote is a server, as flags name it.
type remote struct {
	target, application string
	timeout             time.Duration
}

func (r *remote) register(set *flag.FlagSet) {
	set.StringVar(&r.target, "target", "", "`HOST:PORT` of the server")
	set.StringVar(&r.application, "application", "", "`KEY` of the application")
	set.DurationVar(&r.timeout, "timeout", 0, "after which the call's deadline passes; none if 0")
}

// connect returns a connection that nobody has tried yet, a context for the calls on it, and what ends both.
func (r *remote) connect() (*grpc.ClientConn, context.Context, func(), error) {
	connection, err := grpc.NewClient("passthrough:///"+r.target,
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, nil, nil, usageError{err}
	}
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if r.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, r.timeout)
	}
	return connection, ctx, func() {
		cancel()
		_ = connection.Close()
	}, nil
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

// typeNames are the flags --types A,B and --type C.
type typeNames struct {
	together string
	apart    list
}

func (t *typeNames) register(set *flag.FlagSet) {
	set.StringVar(&t.together, "types", "", "portable `NAMES` of event types, with commas between them")
	set.Var(&t.apart, "type", "one more portable `NAME`, which may hold commas or be empty; may be repeated")
}

func (t *typeNames) all() []string {
	var names []string
	if t.together != "" {
		names = strings.Split(t.together, ",")
	}
	return append(names, t.apart...)
}
