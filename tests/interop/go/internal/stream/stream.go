// Package stream keeps an application's events in memory, in the order in which they were appended.
//
// The events are a linked list that ends in an empty node. A cursor holds the node that it reads next, so it needs no
// lock, can't be overtaken, and goes on through events that are truncated meanwhile. Whoever waits does so on the empty
// node, which is closed when the event that belongs there has come: a look and a wait at the same thing, so no event is
// missed.
package stream

import (
	"context"
	"errors"
	"math"
	"sync"

	"github.com/dogmatiq/interopspec/envelopespec"
)

var (
	// ErrTruncated tells that the event at which a cursor was to begin is no longer kept.
	ErrTruncated = errors.New("the stream begins later")
	// ErrReplaced tells that another stream took the place of this one.
	ErrReplaced = errors.New("the application's stream was replaced by another one")
	// ErrFull tells that there is no offset left for an event.
	ErrFull = errors.New("the offsets are used up")
)

// Event is an event and its place. The envelope is shared by all readers, and nobody may change it.
type Event struct {
	Offset   uint64
	Envelope *envelopespec.Envelope
}

// Stream is a stream in memory. Its methods may be called from any goroutine.
type Stream struct {
	limit    int
	replaced chan struct{}

	mutex sync.Mutex
	nodes []*node // those that are kept, and behind them the empty one
}

type node struct {
	offset uint64
	ready  chan struct{} // closed once the two below are there for good

	envelope *envelopespec.Envelope
	next     *node
}

// always is the ready of each node that is published together with the one before it.
var always = func() chan struct{} {
	closed := make(chan struct{})
	close(closed)
	return closed
}()

// New returns an empty stream whose first event will be at the given offset; all before it counts as truncated. It
// keeps the last limit events, or all of them if limit is 0.
func New(first, limit uint64) *Stream {
	return &Stream{
		limit:    int(min(limit, math.MaxInt)),
		replaced: make(chan struct{}),
		nodes:    []*node{{offset: first, ready: make(chan struct{})}},
	}
}

// Append appends the events, all of them or none, and returns the offset of the first. No reader sees some of them
// without the others. The stream keeps the envelopes. The error is ErrFull.
func (s *Stream) Append(envelopes []*envelopespec.Envelope) (uint64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	tail := s.nodes[len(s.nodes)-1]
	first := tail.offset
	if uint64(len(envelopes)) > math.MaxUint64-first {
		return 0, ErrFull
	}
	if len(envelopes) == 0 {
		return first, nil
	}
	last := tail
	for i, envelope := range envelopes {
		next := &node{offset: last.offset + 1, ready: always}
		if i == len(envelopes)-1 {
			next.ready = make(chan struct{})
		}
		last.envelope, last.next = envelope, next
		s.nodes = append(s.nodes, next)
		last = next
	}
	close(tail.ready)
	if kept := len(s.nodes) - 1; s.limit > 0 && kept > s.limit {
		s.drop(kept - s.limit)
	}
	return first, nil
}

// Truncate drops the events before an offset, or all if it lies beyond the end, and returns the offset of the first
// event that is left, or that will be appended.
func (s *Stream) Truncate(first uint64) uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if kept := s.nodes[0].offset; first > kept {
		s.drop(int(min(first-kept, uint64(len(s.nodes)-1))))
	}
	return s.nodes[0].offset
}

// drop forgets the first count nodes; the mutex is held.
func (s *Stream) drop(count int) {
	clear(s.nodes[:count])
	s.nodes = s.nodes[count:]
}

// First returns the offset of the first event that is kept, or that will be appended.
func (s *Stream) First() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.nodes[0].offset
}

// Room returns how many events can still be appended.
func (s *Stream) Room() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return math.MaxUint64 - s.nodes[len(s.nodes)-1].offset
}

// Replace ends every Next that waits, now or later, with ErrReplaced. It may be called once.
func (s *Stream) Replace() {
	close(s.replaced)
}

// Open returns a cursor whose first event is the first wanted one at or behind the offset, which may lie beyond the
// end. The error is ErrTruncated.
func (s *Stream) Open(offset uint64, wanted func(portableName string) bool) (*Cursor, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	first := s.nodes[0].offset
	if offset < first {
		return nil, ErrTruncated
	}
	index := min(offset-first, uint64(len(s.nodes)-1))
	return &Cursor{stream: s, at: s.nodes[index], from: offset, wanted: wanted}, nil
}

// Cursor reads a stream. It belongs to one goroutine.
type Cursor struct {
	stream *Stream
	at     *node
	from   uint64
	wanted func(portableName string) bool
}

// Next returns the next wanted event. It waits until there is one, the context ends, which gives the context's cause,
// or the stream is replaced, which gives ErrReplaced. After an error the cursor stands where it stood.
func (c *Cursor) Next(ctx context.Context) (Event, error) {
	for {
		if ctx.Err() != nil {
			return Event{}, context.Cause(ctx)
		}
		select {
		case <-c.stream.replaced:
			return Event{}, ErrReplaced
		default:
		}
		if c.Ready() {
			event := Event{Offset: c.at.offset, Envelope: c.at.envelope}
			c.at = c.at.next
			return event, nil
		}
		select {
		case <-c.at.ready:
		case <-ctx.Done():
		case <-c.stream.replaced:
		}
	}
}

// Ready tells whether a wanted event is there already.
func (c *Cursor) Ready() bool {
	for {
		select {
		case <-c.at.ready:
		default:
			return false
		}
		if c.at.offset >= c.from && c.wanted(c.at.envelope.GetPortableName()) {
			return true
		}
		c.at = c.at.next
	}
}
