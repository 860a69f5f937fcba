package testee

import (
	"context"
	"fmt"
	"os"
	"sync"
)

// registry holds the streams by their names, which are those of all connections.
type registry struct {
	newStream func(context.Context, Scenario) (Stream, error)

	mutex   sync.Mutex
	streams map[string]Stream // nil when the testee has ended
}

func newRegistry[S Stream](newStream func(context.Context, Scenario) (S, error)) *registry {
	return &registry{
		newStream: func(ctx context.Context, scenario Scenario) (Stream, error) {
			stream, err := newStream(ctx, scenario)
			if err != nil {
				return nil, err
			}
			return stream, nil
		},
		streams: map[string]Stream{},
	}
}

func (r *registry) find(name string) (Stream, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if stream, found := r.streams[name]; found {
		return stream, nil
	}
	return nil, fmt.Errorf("%w: there is no stream %q", ErrInvalidArgument, name)
}

// take gives a stream that is gone from here then, so that only one can end it.
func (r *registry) take(name string) (stream Stream, found bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	stream, found = r.streams[name]
	delete(r.streams, name)
	return stream, found
}

// add holds a stream under its name. One that comes when the testee has ended is dropped at once.
func (r *registry) add(name string, stream Stream) error {
	r.mutex.Lock()
	ended := r.streams == nil
	if !ended {
		r.streams[name] = stream
	}
	r.mutex.Unlock()
	if ended {
		return dropped(stream)
	}
	return nil
}

func (r *registry) drop(name string) error {
	stream, found := r.take(name)
	if !found {
		return fmt.Errorf("%w: there is no stream %q", ErrInvalidArgument, name)
	}
	return dropped(stream)
}

// replace drops what another run of the kit may have left behind under a name.
func (r *registry) replace(name string) error {
	stream, found := r.take(name)
	if !found {
		return nil
	}
	if err := dropped(stream); err != nil {
		return fmt.Errorf("a stream of that name was left behind: %w", err)
	}
	return nil
}

func dropped(stream Stream) error {
	if dropper, able := stream.(Dropper); able {
		return dropper.Drop()
	}
	return nil
}

// dropAll drops what is left when the testee ends.
func (r *registry) dropAll() {
	r.mutex.Lock()
	left := make([]Stream, 0, len(r.streams))
	for _, stream := range r.streams {
		left = append(left, stream)
	}
	r.streams = nil
	r.mutex.Unlock()
	atOnce(left, dropped)
}

// atOnce ends things in goroutines and waits for all, so that one that hangs or fails keeps none of the others.
func atOnce[T any](things []T, end func(T) error) {
	var ended sync.WaitGroup
	for _, each := range things {
		ended.Add(1)
		go func(each T) {
			defer ended.Done()
			if err := guarded(func() error { return end(each) }); err != nil {
				fmt.Fprintln(os.Stderr, "testee: left behind:", err)
			}
		}(each)
	}
	ended.Wait()
}
