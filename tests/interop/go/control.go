package main

import (
	"errors"

	"streamtest/peer/internal/client"
)

func reset(c *call, arguments []string) error {
	set := c.flags()
	var to remote
	to.register(set)
	var names typeNames
	names.register(set)
	var mediaTypes list
	set.Var(&mediaTypes, "media-type", "`MEDIA-TYPE` of every type; {type} stands for its name; may be repeated")
	var fresh client.Fresh
	set.StringVar(&fresh.Name, "name", "", "`NAME` of the application")
	set.Uint64Var(&fresh.First, "first-offset", 0, "`N`, the offset of the first event that will be appended")
	set.Uint64Var(&fresh.Limit, "buffer-size", 0, "`N` events are kept at most; 0: all")
	if err := parse(set, arguments, "target", "application"); err != nil {
		return err
	}
	fresh.Application, fresh.Types, fresh.MediaTypes = to.application, names.all(), mediaTypes
	connection, ctx, disconnect, err := to.connect()
	if err != nil {
		return err
	}
	defer disconnect()
	implementation, err := client.Reset(ctx, connection, fresh)
	if err != nil {
		return err
	}
	return c.print(map[string]string{"implementation": implementation})
}

// appendEvents reads the events from standard input, as read prints them, and appends all or none.
func appendEvents(c *call, arguments []string) error {
	set := c.flags()
	var to remote
	to.register(set)
	skip := set.Bool("skip-validation", false, "take also what the server would refuse as no proper envelope")
	if err := parse(set, arguments, "target", "application"); err != nil {
		return err
	}
	connection, ctx, disconnect, err := to.connect()
	if err != nil {
		return err
	}
	defer disconnect()
	offsets, err := client.Append(ctx, connection, to.application, c.in, *skip)
	if errors.Is(err, client.ErrMalformed) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	return c.print(map[string][]uint64{"offsets": offsets})
}

func truncate(c *call, arguments []string) error {
	set := c.flags()
	var to remote
	to.register(set)
	first := set.Uint64("first-offset", 0, "`N`, the first event that is kept")
	if err := parse(set, arguments, "target", "application", "first-offset"); err != nil {
		return err
	}
	connection, ctx, disconnect, err := to.connect()
	if err != nil {
		return err
	}
	defer disconnect()
	left, err := client.Truncate(ctx, connection, to.application, *first)
	if err != nil {
		return err
	}
	return c.print(map[string]uint64{"first_offset": left})
}
