package testee

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Hello is what a testee says of its stream before anything else. Only the name must be there.
type Hello struct {
	// Name is shown on the certificate: the stream's name and version.
	Name         string
	Capabilities Capabilities
	// Lacks are those means of the core that the stream doesn't have and no interface tells.
	Lacks []Means
	// EventTypes are the only types that the stream can carry, at least three; none if it carries any.
	EventTypes []string
	// Identity is the form that the keys of applications must have; empty for names.
	Identity IdentityForm
	// Boundaries are page sizes that the kit should hit.
	Boundaries []uint64
	// Variants are names of configurations, each of which is certified by itself.
	Variants []string
}

// Capabilities are the claims that the contract knows and that are held against the stream, but for those that an
// optional interface makes (conditional_append, twin).
type Capabilities struct {
	// Truncation says what a reader below the cut is told. It goes with a Truncater.
	Truncation           Truncation `json:"truncation,omitempty"`
	Retention            bool       `json:"retention,omitempty"`
	CoarsePosition       bool       `json:"coarse_position,omitempty"`
	SparseOffsets        bool       `json:"sparse_offsets,omitempty"`
	LenientCancellation  bool       `json:"lenient_cancellation,omitempty"`
	LazyTypeCheck        bool       `json:"lazy_type_check,omitempty"`
	CursorsOutliveStream bool       `json:"cursors_outlive_stream,omitempty"`
	// Staleness is how long an acknowledged event may take to be visible. It is told in milliseconds, rounded up.
	Staleness time.Duration `json:"-"`
	// The limits. None is claimed where it is 0.
	MaxEventSize   uint64 `json:"max_event_size,omitempty"`
	MaxBatchEvents uint64 `json:"max_batch_events,omitempty"`
	MaxBatchBytes  uint64 `json:"max_batch_bytes,omitempty"`
	MaxFilterTypes uint64 `json:"max_filter_types,omitempty"`
	MaxCursors     uint64 `json:"max_cursors,omitempty"`
}

// Truncation is a level of the capability truncation, or empty for none.
type Truncation string

// The levels of truncation, strictest first; the contract defines them.
const (
	Strict Truncation = "strict"
	Held   Truncation = "held"
	Coarse Truncation = "coarse"
)

// HeldEvents is Held with an upper limit of the events that a cursor holds.
func HeldEvents(events uint64) Truncation { return Truncation(fmt.Sprintf("held(%d)", events)) }

// Means are what the core of the contract takes for granted and a stream may lack all the same.
type Means string

// The means that no interface tells of.
const (
	// Cancelling is lacking if the stream's calls ignore their context.
	Cancelling Means = "cancelling"
	// TypeCheck is lacking if Open can't refuse a type.
	TypeCheck Means = "type_check"

	application Means = "application"
	eventTypes  Means = "event_types"
)

// IdentityForm is a form of the keys of applications.
type IdentityForm string

// The forms of keys.
const (
	NameKeys IdentityForm = "name"
	UUIDKeys IdentityForm = "uuid"
)

// greeting is the hello on the wire.
type greeting struct {
	Testee       int          `json:"testee"`
	Name         string       `json:"name"`
	Capabilities wireClaims   `json:"capabilities"`
	Hooks        []string     `json:"hooks,omitempty"`
	Lacks        []Means      `json:"lacks,omitempty"`
	EventTypes   []string     `json:"event_types,omitempty"`
	Identity     IdentityForm `json:"identity,omitempty"`
	Boundaries   []uint64     `json:"boundaries,omitempty"`
	Variants     []string     `json:"variants,omitempty"`
}

type wireClaims struct {
	Capabilities
	ConditionalAppend bool  `json:"conditional_append,omitempty"`
	Twin              bool  `json:"twin,omitempty"`
	Staleness         int64 `json:"staleness,omitempty"`
}

// protocolVersion is the version of the protocol that this package speaks.
const protocolVersion = 1

// greetingOf completes a hello by what the type of the stream satisfies.
func greetingOf(hello Hello, stream reflect.Type) (greeting, error) {
	if hello.Name == "" {
		return greeting{}, errors.New("the hello needs a name")
	}
	truncates := satisfies[Truncater](stream)
	if truncates != (hello.Capabilities.Truncation != "") {
		return greeting{}, errors.New("a stream that is a Truncater declares Capabilities.Truncation, and no other does")
	}
	line := greeting{
		Testee:       protocolVersion,
		Name:         hello.Name,
		Capabilities: claimsOf(hello.Capabilities, stream),
		Hooks:        hooksOf(stream),
		Lacks:        append([]Means(nil), hello.Lacks...),
		EventTypes:   hello.EventTypes,
		Identity:     hello.Identity,
		Boundaries:   hello.Boundaries,
		Variants:     hello.Variants,
	}
	if !satisfies[Identified](stream) {
		line.Lacks = append(line.Lacks, application)
	}
	if !satisfies[Typed](stream) {
		line.Lacks = append(line.Lacks, eventTypes)
	}
	return line, nil
}

func claimsOf(capabilities Capabilities, stream reflect.Type) wireClaims {
	return wireClaims{
		Capabilities:      capabilities,
		ConditionalAppend: satisfies[ConditionalAppender](stream),
		Twin:              satisfies[Twinner](stream),
		Staleness:         int64((capabilities.Staleness + time.Millisecond - 1) / time.Millisecond),
	}
}

func hooksOf(stream reflect.Type) []string {
	var hooks []string
	for _, hook := range []struct {
		name   string
		served bool
	}{
		{"truncate", satisfies[Truncater](stream)},
		{"reopen", satisfies[Reopener](stream)},
		{"append_expecting", satisfies[ConditionalAppender](stream)},
		{"fail_next_append", satisfies[AppendFailer](stream)},
		{"fill", satisfies[Filler](stream)},
		{"twin", satisfies[Twinner](stream)},
		{"settle", satisfies[Settler](stream)},
	} {
		if hook.served {
			hooks = append(hooks, hook.name)
		}
	}
	return hooks
}

// satisfies says whether values of the type satisfy the interface. There is no value to ask yet when the hello is said.
func satisfies[Interface any](stream reflect.Type) bool {
	return stream.Implements(typeOf[Interface]())
}

func typeOf[T any]() reflect.Type { return reflect.TypeOf((*T)(nil)).Elem() }
