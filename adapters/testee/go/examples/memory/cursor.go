package main

import (
	"context"
	"runtime"

	"streamtest/testee"
)

// cursor reads a stream. The stream's mutex guards what changes.
type cursor struct {
	stream *stream
	filter map[string]bool
	// woken gets a signal when there may be something to see; one that is there already is enough.
	woken chan struct{}

	position uint64
	closed   bool
}

func (c *cursor) Next(ctx context.Context) (testee.Event, error) {
	for {
		event, found, err := c.look(ctx)
		if found || err != nil {
			return event, err
		}
		select {
		case <-c.woken:
		case <-ctx.Done():
			c.leave()
		}
	}
}

// look gives the next event of a page. If there is none it moves on, and at the end it begins to wait.
func (c *cursor) look(ctx context.Context) (event testee.Event, found bool, err error) {
	s := c.stream
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.waiting, c)
	end := uint64(len(s.log))
	switch {
	case c.closed && (s.fault != readsWhenClosed || c.position >= end):
		return event, false, testee.ErrCursorClosed
	case ctx.Err() != nil:
		return event, false, ctx.Err()
	case c.position < s.first:
		return event, false, testee.ErrTruncated
	}
	for looked := 0; looked < page && c.position < end; looked++ {
		offset := c.position
		c.position++
		if c.filter[s.log[offset].Type] {
			return testee.Event{Offset: offset, Envelope: s.log[offset]}, true, nil
		}
	}
	if c.position < end {
		c.wake()
		return event, false, nil
	}
	if s.fault == missesWake {
		s.mutex.Unlock()
		runtime.Gosched()
		s.mutex.Lock()
	}
	s.waiting[c] = struct{}{}
	return event, false, nil
}

// wants says whether one of the batch is for this cursor, wherever it stands.
func (c *cursor) wants(batch []testee.Envelope) bool {
	for _, each := range batch {
		if c.filter[each.Type] {
			return true
		}
	}
	return false
}

func (c *cursor) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

func (c *cursor) leave() {
	c.stream.mutex.Lock()
	defer c.stream.mutex.Unlock()
	delete(c.stream.waiting, c)
}

func (c *cursor) Close() error {
	c.stream.mutex.Lock()
	defer c.stream.mutex.Unlock()
	if c.closed {
		return testee.ErrCursorClosed
	}
	c.closed = true
	delete(c.stream.waiting, c)
	c.wake()
	return nil
}
