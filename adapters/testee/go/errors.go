package testee

import (
	"context"
	"errors"
)

// Kind is a kind of refusal that the contract knows, by its word in the protocol. It is an error, to be returned as it
// is or wrapped: fmt.Errorf("event %d was deleted: %w", offset, testee.ErrTruncated).
type Kind string

// The kinds of the contract.
const (
	// ErrCursorClosed is for a Next of a closed cursor, and for each Close but the first.
	ErrCursorClosed Kind = "cursor_closed"
	// ErrTruncated is for a Next whose event may have been truncated.
	ErrTruncated Kind = "truncated"
	// ErrCancelled is for a call whose context was done before it had a result.
	ErrCancelled Kind = "cancelled"
	// ErrUnsupportedEventType is for an Open with a type that the stream can't carry.
	ErrUnsupportedEventType Kind = "unsupported_event_type"
	// ErrNoEventTypes is for an Open without any type.
	ErrNoEventTypes Kind = "no_event_types"
	// ErrInvalidArgument is for what is malformed in another way.
	ErrInvalidArgument Kind = "invalid_argument"
	// ErrConflict is for a conditional append at another offset than the expected one.
	ErrConflict Kind = "conflict"
	// ErrUnknownOutcome is for an append that may have happened or not.
	ErrUnknownOutcome Kind = "unknown_outcome"
	// ErrTooLarge is for what exceeds a limit of the stream.
	ErrTooLarge Kind = "too_large"
	// ErrBackendFailure is for a failure of what the stream stands on. It is also what any other error counts as.
	ErrBackendFailure Kind = "backend_failure"
	// ErrDamaged is for an event that is stored but can't be read.
	ErrDamaged Kind = "damaged"
	// ErrBusy is for a call while another holds what it needs, which the kit doesn't ask for.
	ErrBusy Kind = "busy"
	// ErrNotSupported is for what the stream doesn't have at all.
	ErrNotSupported Kind = "not_supported"
)

// Error gives the word.
func (kind Kind) Error() string { return string(kind) }

// kindOf says how an error is told to the kit.
func kindOf(err error) Kind {
	var kind Kind
	if errors.As(err, &kind) {
		return kind
	}
	if errors.Is(err, context.Canceled) {
		return ErrCancelled
	}
	return ErrBackendFailure
}
