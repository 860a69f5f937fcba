package testee

import (
	"context"
	"fmt"
)

// do carries a request out and gives what its answer has in "ok".
func (s *session) do(ctx context.Context, asked request) (any, error) {
	switch asked.Do {
	case "ping":
		return nil, nil
	case "make":
		return nil, s.makeStream(ctx, asked)
	case "drop":
		return nil, s.registry.drop(asked.Stream)
	case "next":
		return s.next(ctx, asked)
	case "cancel":
		s.cancel(asked.Request)
		return nil, nil
	case "close":
		open, err := s.find(asked.Cursor)
		if err != nil {
			return nil, err
		}
		return nil, open.cursor.Close()
	case "destroy":
		return nil, s.destroy(asked.Cursor)
	case "twin":
		of, err := s.registry.find(asked.Of)
		if err != nil {
			return nil, err
		}
		return nil, s.makeTwin(ctx, of, asked)
	}
	if streamRequest, known := streamRequests[asked.Do]; known {
		stream, err := s.registry.find(asked.Stream)
		if err != nil {
			return nil, err
		}
		return streamRequest(ctx, s, stream, asked)
	}
	return nil, fmt.Errorf("%w: nothing to do for %q", ErrNotSupported, asked.Do)
}

func (s *session) makeStream(ctx context.Context, asked request) error {
	if err := s.registry.replace(asked.Stream); err != nil {
		return err
	}
	stream, err := s.registry.newStream(ctx, asked.scenario())
	if err != nil {
		return err
	}
	return s.registry.add(asked.Stream, stream)
}

func (s *session) makeTwin(ctx context.Context, of Stream, asked request) error {
	twinner, err := ableTo[Twinner](of)
	if err != nil {
		return err
	}
	if err := s.registry.replace(asked.Stream); err != nil {
		return err
	}
	twin, err := twinner.Twin(ctx, asked.scenario())
	if err != nil {
		return err
	}
	return s.registry.add(asked.Stream, twin)
}

func (s *session) next(ctx context.Context, asked request) (any, error) {
	open, err := s.find(asked.Cursor)
	if err != nil {
		return nil, err
	}
	if !open.reading.CompareAndSwap(false, true) {
		return nil, fmt.Errorf("%w: a next of cursor %q is under way", ErrBusy, asked.Cursor)
	}
	defer open.reading.Store(false)
	seen, err := open.cursor.Next(ctx)
	if err != nil {
		return nil, err
	}
	return event{Offset: seen.Offset, Envelope: wireEnvelope(seen.Envelope)}, nil
}

// streamRequests are those that ask something of one stream and make no other.
var streamRequests = map[string]func(context.Context, *session, Stream, request) (any, error){
	"open": func(ctx context.Context, s *session, stream Stream, asked request) (any, error) {
		cursor, err := stream.Open(ctx, asked.Offset, asked.Types)
		if err != nil {
			return nil, err
		}
		return nil, s.open(asked.Cursor, cursor)
	},
	"append": func(ctx context.Context, _ *session, stream Stream, asked request) (any, error) {
		if asked.Expected == nil {
			return listed(stream.Append(ctx, asked.batch()))
		}
		appender, err := ableTo[ConditionalAppender](stream)
		if err != nil {
			return nil, err
		}
		return listed(appender.AppendExpecting(ctx, *asked.Expected, asked.batch()))
	},
	"application": func(ctx context.Context, _ *session, stream Stream, _ request) (any, error) {
		identified, err := ableTo[Identified](stream)
		if err != nil {
			return nil, err
		}
		return identified.Application(ctx)
	},
	"event_types": func(ctx context.Context, _ *session, stream Stream, _ request) (any, error) {
		typed, err := ableTo[Typed](stream)
		if err != nil {
			return nil, err
		}
		return listed(typed.EventTypes(ctx))
	},
	"truncate": func(ctx context.Context, _ *session, stream Stream, asked request) (any, error) {
		truncater, err := ableTo[Truncater](stream)
		if err != nil {
			return nil, err
		}
		return truncater.Truncate(ctx, asked.First)
	},
	"reopen": func(ctx context.Context, _ *session, stream Stream, _ request) (any, error) {
		reopener, err := ableTo[Reopener](stream)
		if err != nil {
			return nil, err
		}
		return nil, reopener.Reopen(ctx)
	},
	"fail_next_append": func(ctx context.Context, _ *session, stream Stream, _ request) (any, error) {
		failer, err := ableTo[AppendFailer](stream)
		if err != nil {
			return nil, err
		}
		return nil, failer.FailNextAppend(ctx)
	},
	"fill": func(ctx context.Context, _ *session, stream Stream, asked request) (any, error) {
		filler, err := ableTo[Filler](stream)
		if err != nil {
			return nil, err
		}
		return nil, filler.Fill(ctx, asked.Type, asked.Count)
	},
	"settle": func(ctx context.Context, _ *session, stream Stream, _ request) (any, error) {
		settler, err := ableTo[Settler](stream)
		if err != nil {
			return nil, err
		}
		return nil, settler.Settle(ctx)
	},
}

// ableTo gives the stream as what it may be besides.
func ableTo[Interface any](stream Stream) (Interface, error) {
	able, is := stream.(Interface)
	if !is {
		return able, fmt.Errorf("%w: the stream is no %s", ErrNotSupported, typeOf[Interface]().Name())
	}
	return able, nil
}

// listed gives a list that is one in JSON even if there is none in Go.
func listed[T any](list []T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	if list == nil {
		return []T{}, nil
	}
	return list, nil
}
