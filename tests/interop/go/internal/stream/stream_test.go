package stream_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dogmatiq/interopspec/envelopespec"

	"streamtest/peer/internal/stream"
)

func envelopes(names ...string) []*envelopespec.Envelope {
	var made []*envelopespec.Envelope
	for _, name := range names {
		made = append(made, &envelopespec.Envelope{PortableName: name})
	}
	return made
}

func mustAppend(t *testing.T, s *stream.Stream, names ...string) uint64 {
	t.Helper()
	first, err := s.Append(envelopes(names...))
	if err != nil {
		t.Fatal(err)
	}
	return first
}

func mustOpen(t *testing.T, s *stream.Stream, offset uint64, names ...string) *stream.Cursor {
	t.Helper()
	cursor, err := s.Open(offset, func(name string) bool { return slices.Contains(names, name) })
	if err != nil {
		t.Fatal(err)
	}
	return cursor
}

func mustRead(t *testing.T, cursor *stream.Cursor, offsets ...uint64) {
	t.Helper()
	// Only for a test that fails: it says then what it waited for.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, expected := range offsets {
		event, err := cursor.Next(ctx)
		if err != nil {
			t.Fatalf("got %v, expected the event at %d", err, expected)
		}
		if event.Offset != expected {
			t.Fatalf("read the event at %d, expected the one at %d", event.Offset, expected)
		}
	}
}

// mustWait holds that nothing is there yet. What isn't there can't be read, so no time is needed to see it.
func mustWait(t *testing.T, cursor *stream.Cursor) {
	t.Helper()
	if cursor.Ready() {
		t.Fatal("an event is there, expected none")
	}
}

func TestReadsWantedEventsInOrder(t *testing.T) {
	s := stream.New(0, 0)
	mustAppend(t, s, "a", "b", "a")
	if first := mustAppend(t, s, "c", "a"); first != 3 {
		t.Errorf("the second batch begins at %d, expected 3", first)
	}
	cursor := mustOpen(t, s, 0, "a", "c")
	mustRead(t, cursor, 0, 2, 3, 4)
	mustWait(t, cursor)
	mustAppend(t, s, "b")
	mustWait(t, cursor)
	mustAppend(t, s, "a")
	mustRead(t, cursor, 6)
}

func TestOpensAnywhere(t *testing.T) {
	s := stream.New(0, 0)
	mustAppend(t, s, "a", "a", "a")
	mustRead(t, mustOpen(t, s, 2, "a"), 2)
	beyond := mustOpen(t, s, 4, "a")
	far := mustOpen(t, s, math.MaxUint64, "a")
	mustAppend(t, s, "a")
	mustWait(t, beyond)
	mustAppend(t, s, "a")
	mustRead(t, beyond, 4)
	mustWait(t, far)
}

func TestTruncationIsJudgedWhereACursorIsOpened(t *testing.T) {
	s := stream.New(0, 0)
	mustAppend(t, s, "a", "a", "a", "a")
	early := mustOpen(t, s, 0, "a")
	for _, row := range []struct{ cut, first uint64 }{{2, 2}, {1, 2}, {2, 2}, {9, 4}, {math.MaxUint64, 4}} {
		if first := s.Truncate(row.cut); first != row.first {
			t.Errorf("truncating before %d left %d as the first, expected %d", row.cut, first, row.first)
		}
	}
	if _, err := s.Open(3, func(string) bool { return false }); !errors.Is(err, stream.ErrTruncated) {
		t.Errorf("opening below the cut gave %v, expected ErrTruncated", err)
	}
	late := mustOpen(t, s, 4, "a")
	if first := mustAppend(t, s, "a"); first != 4 {
		t.Errorf("the next event is at %d, expected 4", first)
	}
	mustRead(t, early, 0, 1, 2, 3, 4)
	mustRead(t, late, 4)
}

func TestKeepsTheLastEventsOnly(t *testing.T) {
	s := stream.New(10, 3)
	if _, err := s.Open(9, func(string) bool { return true }); !errors.Is(err, stream.ErrTruncated) {
		t.Errorf("opening before the first offset gave %v, expected ErrTruncated", err)
	}
	waiting := mustOpen(t, s, 10, "a")
	mustAppend(t, s, "a", "a")
	mustAppend(t, s, "a", "a", "a", "a")
	if first := s.First(); first != 13 {
		t.Errorf("the first event is at %d, expected 13", first)
	}
	mustRead(t, waiting, 10, 11, 12, 13, 14, 15)
}

func TestTheOffsetsEnd(t *testing.T) {
	s := stream.New(math.MaxUint64-1, 0)
	if _, err := s.Append(envelopes("a", "a")); !errors.Is(err, stream.ErrFull) {
		t.Errorf("an append beyond the last offset gave %v, expected ErrFull", err)
	}
	mustAppend(t, s, "a")
	mustRead(t, mustOpen(t, s, math.MaxUint64-1, "a"), math.MaxUint64-1)
}

func TestWaitingEnds(t *testing.T) {
	s := stream.New(0, 0)
	cursor := mustOpen(t, s, 0, "a")
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	go cancel(cause)
	if _, err := cursor.Next(ctx); !errors.Is(err, cause) {
		t.Errorf("next gave %v, expected the context's cause", err)
	}
	mustAppend(t, s, "a")
	if _, err := cursor.Next(ctx); !errors.Is(err, cause) {
		t.Errorf("next with an event and an ended context gave %v, expected the context's cause", err)
	}
	mustRead(t, cursor, 0)
	go s.Replace()
	if _, err := cursor.Next(t.Context()); !errors.Is(err, stream.ErrReplaced) {
		t.Errorf("next gave %v, expected ErrReplaced", err)
	}
}

func TestAppendersAndReadersMeet(t *testing.T) {
	const appenders, batches, readers = 4, 200, 16
	s := stream.New(0, 0)
	var group sync.WaitGroup
	failures := make(chan error, readers)
	for range readers {
		group.Go(func() {
			failures <- readPairs(t.Context(), s, appenders*batches)
		})
	}
	for range appenders {
		group.Go(func() {
			for range batches {
				_, _ = s.Append(envelopes("a", "b"))
			}
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
}

// readPairs reads batches of an a and a b; once the one is there the other must be.
func readPairs(ctx context.Context, s *stream.Stream, pairs uint64) error {
	cursor, err := s.Open(0, func(string) bool { return true })
	if err != nil {
		return err
	}
	for expected := range 2 * pairs {
		if expected%2 == 1 && !cursor.Ready() {
			return fmt.Errorf("the event at %d is not there, though the one before it in its batch is", expected)
		}
		event, err := cursor.Next(ctx)
		if err != nil {
			return err
		}
		if event.Offset != expected || event.Envelope.GetPortableName() != []string{"a", "b"}[expected%2] {
			return fmt.Errorf("read %s at %d, expected offset %d", event.Envelope.GetPortableName(), event.Offset, expected)
		}
	}
	return nil
}
