package testee_test

import (
	"context"
	"fmt"
	"sync"

	"streamtest/testee"
)

// plain is a stream with nothing but the core, whose calls can be held up and looked at.
type plain struct {
	scenario testee.Scenario

	mutex    sync.Mutex
	appended []testee.Envelope
	changed  chan struct{}
	cursors  []*plainCursor
}

func newPlain(scenario testee.Scenario) *plain {
	return &plain{scenario: scenario, changed: make(chan struct{})}
}

func makePlain(_ context.Context, scenario testee.Scenario) (*plain, error) {
	return newPlain(scenario), nil
}

func (p *plain) Open(ctx context.Context, offset uint64, types []string) (testee.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("opening: %w", err)
	}
	if len(types) == 0 {
		return nil, testee.ErrNoEventTypes
	}
	if types[0] == "panic" {
		panic("no such type")
	}
	opened := &plainCursor{stream: p, position: offset, closed: make(chan struct{}), waits: make(chan struct{}, 1)}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.cursors = append(p.cursors, opened)
	return opened, nil
}

func (p *plain) Append(_ context.Context, batch []testee.Envelope) ([]uint64, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if len(batch) == 1 && batch[0].Type == "burn" {
		return nil, fmt.Errorf("the disk is on fire")
	}
	p.appended = append(p.appended, batch...)
	close(p.changed)
	p.changed = make(chan struct{})
	return nil, nil // it doesn't tell
}

type plainCursor struct {
	stream   *plain
	position uint64
	once     sync.Once
	closed   chan struct{}
	waits    chan struct{} // gets a signal when Next waits
}

func (c *plainCursor) Next(ctx context.Context) (testee.Event, error) {
	for {
		c.stream.mutex.Lock()
		changed, end := c.stream.changed, uint64(len(c.stream.appended))
		if c.position < end {
			event := testee.Event{Offset: c.position, Envelope: c.stream.appended[c.position]}
			c.position++
			c.stream.mutex.Unlock()
			return event, nil
		}
		c.stream.mutex.Unlock()
		select {
		case c.waits <- struct{}{}:
		default:
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return testee.Event{}, ctx.Err()
		case <-c.closed:
			return testee.Event{}, testee.ErrCursorClosed
		}
	}
}

func (c *plainCursor) Close() error {
	err := error(testee.ErrCursorClosed)
	c.once.Do(func() { close(c.closed); err = nil })
	return err
}

// able is a stream with all that is optional. It writes down what was asked of it.
type able struct {
	*plain
	asked   chan string
	dropped chan string
}

func (a *able) note(format string, values ...any) { a.asked <- fmt.Sprintf(format, values...) }

func (a *able) Application(context.Context) (testee.Identity, error) {
	return a.scenario.Application, nil
}

func (a *able) EventTypes(context.Context) ([]string, error) { return a.scenario.EventTypes, nil }

func (a *able) Truncate(_ context.Context, first uint64) (uint64, error) {
	return first, nil
}

func (a *able) Reopen(context.Context) error { a.note("reopen"); return nil }

func (a *able) AppendExpecting(_ context.Context, expected uint64, batch []testee.Envelope) ([]uint64, error) {
	a.note("append %d expecting %d", len(batch), expected)
	return nil, fmt.Errorf("it is behind: %w", testee.ErrConflict)
}

func (a *able) FailNextAppend(context.Context) error { a.note("fail"); return nil }

func (a *able) Fill(_ context.Context, eventType string, count uint64) error {
	a.note("fill %d %s", count, eventType)
	return nil
}

func (a *able) Twin(_ context.Context, scenario testee.Scenario) (testee.Stream, error) {
	return newPlain(scenario), nil
}

func (a *able) Settle(context.Context) error { a.note("settle"); return nil }

func (a *able) Drop() error { a.dropped <- a.scenario.UniqueName; return nil }
