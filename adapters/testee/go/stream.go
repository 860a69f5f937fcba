package testee

import "context"

// Stream is a stream under test, with what every stream must have. Any method may be called by several goroutines.
type Stream interface {
	// Open gives a cursor that reads the events of these types from the offset on. The types may be none, or repeated,
	// or such as the stream can't carry: it is the stream that refuses them (ErrNoEventTypes, ErrUnsupportedEventType).
	// The cursor must not depend on ctx or on the slice.
	Open(ctx context.Context, offset uint64, types []string) (Cursor, error)
	// Append adds the batch behind the last event, whole or not at all, and gives each event's offset, or none at all
	// if the stream doesn't tell.
	Append(ctx context.Context, batch []Envelope) ([]uint64, error)
}

// Cursor reads a stream.
type Cursor interface {
	// Next waits for the next event and gives it. When ctx is done it gives up with an error that wraps
	// context.Canceled or ErrCancelled, unless the stream declares that it lacks Cancelling.
	Next(ctx context.Context) (Event, error)
	// Close ends the cursor for good and makes a Next that waits return ErrCursorClosed. The second one gives
	// ErrCursorClosed.
	Close() error
}

// Destroyer is a Cursor with an end of its own for a cursor that is given up, whether it was closed or not. Without it,
// Close is called then and its error ignored. A Next may be under way.
type Destroyer interface {
	Destroy()
}

// The interfaces below are optional for a Stream. Those that its type satisfies are declared in the hello.

// Identified is a Stream that knows whose events it holds. One that isn't lacks "application".
type Identified interface {
	Application(ctx context.Context) (Identity, error)
}

// Typed is a Stream that knows which types it may hold. One that isn't lacks "event_types".
type Typed interface {
	EventTypes(ctx context.Context) ([]string, error)
}

// Truncater is a Stream that can remove its first events. It must also say how, in Capabilities.Truncation.
type Truncater interface {
	// Truncate removes the events before first, and gives the offset of the first that is really retained.
	Truncate(ctx context.Context, first uint64) (uint64, error)
}

// Reopener is a Stream that is stored.
type Reopener interface {
	// Reopen closes the stream and opens it anew on what is stored. The cursors that were open aren't used again.
	Reopen(ctx context.Context) error
}

// ConditionalAppender is a Stream with the capability conditional_append.
type ConditionalAppender interface {
	// AppendExpecting appends like Append if the first event would get the expected offset, else it changes nothing
	// and gives ErrConflict.
	AppendExpecting(ctx context.Context, expected uint64, batch []Envelope) ([]uint64, error)
}

// AppendFailer is a Stream whose backend can be made to fail.
type AppendFailer interface {
	// FailNextAppend lets the next append fail, and only that.
	FailNextAppend(ctx context.Context) error
}

// Filler is a Stream that can take many events at once. It saves time: one that isn't gets them by appends.
type Filler interface {
	// Fill stores so many events of a type behind the last. Nobody looks at the rest of them.
	Fill(ctx context.Context, eventType string, count uint64) error
}

// Twinner is a Stream with the capability twin: others can live on its backend.
type Twinner interface {
	// Twin makes a fresh and empty stream for the scenario on the backend of this one.
	Twin(ctx context.Context, scenario Scenario) (Stream, error)
}

// Settler is a Stream whose readers see an acknowledged append later.
type Settler interface {
	// Settle returns once what was acknowledged before it is visible to readers.
	Settle(ctx context.Context) error
}

// Dropper is a Stream that has something to release or to remove from where it was stored. It is no hook: it is called
// once for each stream, when the kit is done with it or the testee ends.
type Dropper interface {
	Drop() error
}
