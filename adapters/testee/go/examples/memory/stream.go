package main

import (
	"context"
	"sync"

	"streamtest/testee"
)

// page is how many events a cursor looks at before it lets others have the stream, and asks whether it should stop.
const page = 4096

// stream holds its events in memory, the truncated ones too.
type stream struct {
	scenario testee.Scenario
	fault    fault

	mutex   sync.Mutex
	log     []testee.Envelope
	first   uint64 // the first that is retained
	fails   bool
	waiting map[*cursor]struct{}
}

func newStream(scenario testee.Scenario, fault fault) *stream {
	return &stream{scenario: scenario, fault: fault, waiting: map[*cursor]struct{}{}}
}

func (s *stream) Application(context.Context) (testee.Identity, error) {
	return s.scenario.Application, nil
}

func (s *stream) EventTypes(ctx context.Context) ([]string, error) {
	return s.scenario.EventTypes, ctx.Err()
}

func (s *stream) Open(ctx context.Context, offset uint64, types []string) (testee.Cursor, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(types) == 0 {
		return nil, testee.ErrNoEventTypes
	}
	filter := map[string]bool{}
	for _, each := range types {
		filter[each] = true
	}
	supported := 0
	for _, each := range s.scenario.EventTypes {
		if filter[each] {
			supported++
		}
	}
	if supported < len(filter) {
		return nil, testee.ErrUnsupportedEventType
	}
	return &cursor{stream: s, filter: filter, position: offset, woken: make(chan struct{}, 1)}, nil
}

func (s *stream) Append(_ context.Context, batch []testee.Envelope) ([]uint64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.append(batch)
}

func (s *stream) AppendExpecting(_ context.Context, expected uint64, batch []testee.Envelope) ([]uint64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if expected != uint64(len(s.log)) {
		return nil, testee.ErrConflict
	}
	return s.append(batch)
}

func (s *stream) append(batch []testee.Envelope) ([]uint64, error) {
	if s.fails {
		s.fails = false
		return nil, testee.ErrBackendFailure
	}
	begin := uint64(len(s.log))
	s.log = append(s.log, batch...)
	s.wake(begin, batch)
	offsets := make([]uint64, len(batch))
	for i := range batch {
		offsets[i] = begin + uint64(i)
	}
	return offsets, nil
}

// wake tells those that wait for an event of the batch. For the others the batch counts as looked at: a truncation of it
// is nothing to them.
func (s *stream) wake(begin uint64, batch []testee.Envelope) {
	for waiting := range s.waiting {
		if !waiting.wants(batch) {
			if waiting.position == begin {
				waiting.position = uint64(len(s.log))
			}
			continue
		}
		waiting.wake()
	}
}

func (s *stream) Fill(ctx context.Context, eventType string, count uint64) error {
	batch := make([]testee.Envelope, count)
	for i := range batch {
		batch[i].Type = eventType
	}
	_, err := s.Append(ctx, batch)
	return err
}

func (s *stream) FailNextAppend(context.Context) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fails = true
	return nil
}

func (s *stream) Truncate(_ context.Context, first uint64) (uint64, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if end := uint64(len(s.log)); first > end {
		first = end
	}
	if first > s.first {
		s.first = first
	}
	return s.first, nil
}

// Twin needs nothing of this stream: what they share is the process.
func (s *stream) Twin(_ context.Context, scenario testee.Scenario) (testee.Stream, error) {
	return newStream(scenario, s.fault), nil
}
