package main

import (
	"errors"
	"strconv"

	"streamtest/peer/internal/client"
)

// read prints each event that it is given; with several cursors those of the first, and a summary behind them.
func read(c *call, arguments []string) error {
	set := c.flags()
	var from remote
	from.register(set)
	var names typeNames
	names.register(set)
	var mediaTypes list
	set.Var(&mediaTypes, "media-type", "wanted `MEDIA-TYPE`, the best first; {type} stands for the type's name; may be repeated")
	none := set.Bool("no-media-types", false, "want no media type at all")
	var reading client.Reading
	set.Func("offset", "`N`, where to begin; if absent the server isn't told", func(text string) error {
		offset, err := strconv.ParseUint(text, 10, 64)
		reading.Offset = &offset
		return err
	})
	set.Uint64Var(&reading.Count, "count", 0, "`N` events are read by each cursor; 0: until it fails")
	set.IntVar(&reading.Cursors, "cursors", 1, "`N` cursors at the same time on one connection")
	if err := parse(set, arguments, "target", "application"); err != nil {
		return err
	}
	if reading.Cursors < 1 {
		return usageError{errors.New("there must be at least one cursor")}
	}
	reading.Application, reading.Types, reading.MediaTypes = from.application, names.all(), mediaTypes
	if *none {
		reading.MediaTypes = []string{}
	}
	connection, ctx, disconnect, err := from.connect()
	if err != nil {
		return err
	}
	defer disconnect()
	summary, failed, err := client.Read(ctx, connection, reading, func(event client.Event) error {
		return c.print(event)
	})
	if reading.Cursors == 1 {
		return err
	}
	if err != nil {
		c.failedCursor = &failed
	}
	if summary.Cursors > 0 {
		if err := c.print(map[string]client.Summary{"summary": summary}); err != nil {
			return err
		}
	}
	return err
}

// eventTypes prints what the server says of an application's types.
func eventTypes(c *call, arguments []string) error {
	set := c.flags()
	var from remote
	from.register(set)
	if err := parse(set, arguments, "target", "application"); err != nil {
		return err
	}
	connection, ctx, disconnect, err := from.connect()
	if err != nil {
		return err
	}
	defer disconnect()
	types, err := client.EventTypes(ctx, connection, from.application)
	if err != nil {
		return err
	}
	return c.print(types)
}
