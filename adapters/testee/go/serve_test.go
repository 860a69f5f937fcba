package testee_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"streamtest/testee"
)

// made is what the tests of one stream begin with.
func made(t *testing.T) (serving, *plain) {
	t.Helper()
	streams := make(chan *plain, 1)
	s := serve(t, name, func(_ context.Context, scenario testee.Scenario) (*plain, error) {
		stream := newPlain(scenario)
		streams <- stream
		return stream, nil
	})
	s.must("make", members{"stream": "s1"})
	return s, <-streams
}

func (s serving) opened(stream *plain, cursor string) *plainCursor {
	s.t.Helper()
	s.must("open", members{"stream": "s1", "cursor": cursor, "types": texts("A")})
	stream.mutex.Lock()
	defer stream.mutex.Unlock()
	return stream.cursors[len(stream.cursors)-1]
}

func TestEnvelopesComeBackAsTheyWere(t *testing.T) {
	s, _ := made(t)
	full := map[string]any{
		"type": "A<&>\u2028é", "message_id": "m", "causation_id": "c", "correlation_id": "r", "source_instance_id": "i",
		"source_application": map[string]any{"name": "app", "key": "k"}, "media_type": "text/plain",
		"source_handler": map[string]any{"name": "handler", "key": "h"}, "created_at": -9007199254740992.0, "data": "AP8=",
	}
	empty := map[string]any{"type": "A"}
	offsets := s.must("append", members{"stream": "s1", "batch": []any{full, empty}})
	if !reflect.DeepEqual(offsets, []any{}) {
		t.Errorf("the offsets of a stream that doesn't tell are %v", offsets)
	}
	s.must("open", members{"stream": "s1", "cursor": "c1", "types": texts("A")})
	for offset, want := range []any{full, empty} {
		seen := s.must("next", members{"cursor": "c1"})
		if !reflect.DeepEqual(seen, map[string]any{"offset": float64(offset), "envelope": want}) {
			t.Errorf("%v came back as %v", want, seen)
		}
	}
}

func TestOptionalCallsReachTheStream(t *testing.T) {
	streams := make(chan *able, 1)
	s := serve(t, truncating, func(ctx context.Context, scenario testee.Scenario) (*able, error) {
		stream, err := makeAble(ctx, scenario)
		streams <- stream
		return stream, err
	})
	identity := map[string]any{"name": "app", "key": "k"}
	s.must("make", members{"stream": "s1", "application": identity, "event_types": texts("A"), "unique_name": "u"})
	stream := <-streams
	on := func(more members) members { more["stream"] = "s1"; return more }
	if seen := s.must("application", on(members{})); !reflect.DeepEqual(seen, identity) {
		t.Errorf("the application is %v", seen)
	}
	if seen := s.must("event_types", on(members{})); !reflect.DeepEqual(seen, texts("A")) {
		t.Errorf("the event types are %v", seen)
	}
	if seen := s.call("truncate", on(members{"first": uint64(1<<53) + 2})); seen["ok"] != float64(1<<53+2) {
		t.Errorf("truncate gives %v", seen)
	}
	s.must("reopen", on(members{}))
	s.must("fail_next_append", on(members{}))
	s.must("fill", on(members{"type": "A", "count": 100000}))
	s.must("settle", on(members{}))
	s.refused(testee.ErrConflict, "append", on(members{"batch": []any{}, "expected": 0}))
	for _, want := range []string{"reopen", "fail", "fill 100000 A", "settle", "append 0 expecting 0"} {
		if seen := <-stream.asked; seen != want {
			t.Errorf("asked was %q, not %q", seen, want)
		}
	}
	s.must("twin", members{"stream": "s2", "of": "s1"})
	s.must("append", members{"stream": "s2", "batch": []any{}})
	s.must("drop", members{"stream": "s1"})
	if seen := <-stream.dropped; seen != "u" {
		t.Errorf("dropped was %q", seen)
	}
	s.refused(testee.ErrInvalidArgument, "drop", members{"stream": "s1"})
}

func TestBadRequestsAreAnswered(t *testing.T) {
	s, stream := made(t)
	s.opened(stream, "c1")
	for _, bad := range []struct {
		kind testee.Kind
		do   string
		more members
	}{
		{testee.ErrNotSupported, "explode", nil},
		{testee.ErrNotSupported, "", nil},
		{testee.ErrInvalidArgument, "open", members{"stream": "s9", "cursor": "c2", "types": texts("A")}},
		{testee.ErrInvalidArgument, "open", members{"stream": "s1", "cursor": "c1", "types": texts("A")}},
		{testee.ErrInvalidArgument, "open", members{"stream": "s1", "cursor": "c2", "types": texts("A"), "offset": -1}},
		{testee.ErrInvalidArgument, "open", members{"stream": "s1", "cursor": "c2", "types": "A"}},
		{testee.ErrInvalidArgument, "append", members{"stream": "s1", "batch": []any{members{"data": "=!"}}}},
		{testee.ErrInvalidArgument, "next", members{"cursor": "c2"}},
		{testee.ErrInvalidArgument, "next", members{"cursor": []any{}}},
		{testee.ErrInvalidArgument, "close", members{"cursor": "c2"}},
		{testee.ErrInvalidArgument, "destroy", members{"cursor": "c2"}},
		{testee.ErrInvalidArgument, "twin", members{"stream": "s2", "of": "s9"}},
		{testee.ErrNotSupported, "twin", members{"stream": "s2", "of": "s1"}},
		{testee.ErrNotSupported, "truncate", members{"stream": "s1", "first": 1}},
		{testee.ErrNotSupported, "reopen", members{"stream": "s1"}},
		{testee.ErrNotSupported, "settle", members{"stream": "s1"}},
		{testee.ErrNotSupported, "fill", members{"stream": "s1"}},
		{testee.ErrNotSupported, "fail_next_append", members{"stream": "s1"}},
		{testee.ErrNotSupported, "application", members{"stream": "s1"}},
		{testee.ErrNotSupported, "event_types", members{"stream": "s1"}},
		{testee.ErrNotSupported, "append", members{"stream": "s1", "batch": []any{}, "expected": 0}},
	} {
		s.refused(bad.kind, bad.do, bad.more)
	}
	s.must("ping", nil)
}

func TestErrorsOfTheStreamKeepTheirKind(t *testing.T) {
	s, _ := made(t)
	s.refused(testee.ErrNoEventTypes, "open", members{"stream": "s1", "cursor": "c1"})
	s.refused(testee.ErrCancelled, "open", members{"stream": "s1", "cursor": "c1", "types": texts("A"), "cancelled": true})
	s.refused(testee.ErrBackendFailure, "open", members{"stream": "s1", "cursor": "c1", "types": texts("panic")})
	answer := s.call("append", members{"stream": "s1", "batch": []any{members{"type": "burn"}}})
	if want := map[string]any{"error": "backend_failure", "text": "the disk is on fire"}; !reflect.DeepEqual(answer, want) {
		t.Errorf("the answer is %v, not %v", answer, want)
	}
}

func TestLinesThatAreNoRequestsEndIt(t *testing.T) {
	for _, line := range []string{"garbage", "", "[]", `{"do": "ping"}`, `{"id": "1", "do": "ping"}`, `{"id": 1, "do"`} {
		s, _ := made(t)
		s.send(line + "\n")
		if err := <-s.result; err == nil || !strings.Contains(err.Error(), "no request") {
			t.Errorf("%q ends it with %v", line, err)
		}
	}
}

func TestALineThatIsTooLongEndsIt(t *testing.T) {
	s, _ := made(t)
	part := strings.Repeat(" ", 1<<20)
	for sent := 0; sent < 64; sent++ {
		s.send(part)
	}
	if err := <-s.result; err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("it ends with %v", err)
	}
}

func TestTheEndOfTheInputEndsAll(t *testing.T) {
	dropped := make(chan string, 2)
	streams := make(chan *able, 2)
	s := serve(t, truncating, func(_ context.Context, scenario testee.Scenario) (*able, error) {
		stream := &able{newPlain(scenario), nil, dropped}
		streams <- stream
		return stream, nil
	})
	s.must("make", members{"stream": "s1", "unique_name": "one"})
	s.must("make", members{"stream": "s2", "unique_name": "two"})
	first := s.opened((<-streams).plain, "c1")
	s.start("next", members{"cursor": "c1"})
	<-first.waits
	s.input.Close()
	if err := <-s.result; err != nil {
		t.Errorf("it ends with %v", err)
	}
	<-first.closed
	if seen := map[string]bool{<-dropped: true, <-dropped: true}; !seen["one"] || !seen["two"] {
		t.Errorf("dropped were %v", seen)
	}
}

func TestAStreamThatWasLeftBehindIsDroppedForANewOne(t *testing.T) {
	dropped := make(chan string, 2)
	s := serve(t, truncating, func(_ context.Context, scenario testee.Scenario) (*able, error) {
		return &able{newPlain(scenario), nil, dropped}, nil
	})
	s.must("make", members{"stream": "s", "unique_name": "old"})
	s.must("make", members{"stream": "s", "unique_name": "new"})
	if seen := <-dropped; seen != "old" {
		t.Errorf("dropped was %q", seen)
	}
}

func TestAStreamThatCantBeMade(t *testing.T) {
	s := serve(t, name, func(context.Context, testee.Scenario) (*plain, error) {
		return nil, errors.New("no room")
	})
	s.refused(testee.ErrBackendFailure, "make", members{"stream": "s1"})
	s.refused(testee.ErrInvalidArgument, "append", members{"stream": "s1"})
}
