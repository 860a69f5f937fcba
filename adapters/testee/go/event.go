package testee

import "time"

// Identity names an application or a handler: a name for people, and a key that never changes.
type Identity struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// Envelope is an event's content. Every member must come back from the stream as it was appended.
type Envelope struct {
	// Type is the event's type, by which cursors filter. Names are compared byte for byte.
	Type string
	// SourceApplication is the application whose stream it is.
	SourceApplication Identity
	MessageID         string
	CausationID       string
	CorrelationID     string
	// SourceHandler is the handler that recorded the event. It is empty if no handler did.
	SourceHandler    Identity
	SourceInstanceID string
	// CreatedAt is exact to the nanosecond, from 1677 to 2262. The zero time counts as not given.
	CreatedAt time.Time
	MediaType string
	Data      []byte
}

// Event is an event at its place in a stream.
type Event struct {
	// Offset counts from 0, unless the stream declares SparseOffsets.
	Offset   uint64
	Envelope Envelope
}

// Scenario says for whom a stream is made.
type Scenario struct {
	// Application is the identity that the stream keeps the events of.
	Application Identity
	// EventTypes are those that will be appended or asked for.
	EventTypes []string
	// UniqueName is one that no other stream of the run has, for example for a table or a file.
	UniqueName string
	// Variant is one of Hello.Variants, or empty if there are none.
	Variant string
}
