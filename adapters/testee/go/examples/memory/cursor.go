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
	ahead    *testee.Event // the defect readsWhenClosed gives it away after Close
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
	case c.closed && c.ahead != nil && c.ahead.Offset >= s.first:
		event, c.ahead = *c.ahead, nil
		return event, true, nil
	case c.closed:
		return event, false, testee.ErrCursorClosed
	case ctx.Err() != nil:
		return event, false, ctx.Err()
	case c.position < s.first:
		return event, false, testee.ErrTruncated
	}
	if event, found = c.find(); found {
		c.position = event.Offset + 1
		if s.fault == readsWhenClosed {
			c.ahead = nil
			if next, more := c.find(); more {
				c.ahead = &next
			}
		}
		return event, true, nil
	}
	if c.position < end && end-c.position > page {
		c.position += page
		c.wake()
		return event, false, nil
	}
	if c.position < end {
		c.position = end
	}
	if s.fault == missesWake {
		s.mutex.Unlock()
		runtime.Gosched()
		s.mutex.Lock()
	}
	s.waiting[c] = struct{}{}
	return event, false, nil
}

// find gives the first event of the page at the position that is for this cursor.
func (c *cursor) find() (event testee.Event, found bool) {
	log := c.stream.log
	for offset := c.position; offset < uint64(len(log)) && offset-c.position < page; offset++ {
		if c.filter[log[offset].Type] {
			return testee.Event{Offset: offset, Envelope: log[offset]}, true
		}
	}
	return event, false
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
