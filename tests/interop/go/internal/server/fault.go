package server

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is what a server does wrong.
type Fault string

// The faults. Those about a connection that is cut need to know that a Consume takes up another: it wants the same
// types, and begins at one of the offsets at which a reader of the other can stand.
const (
	None Fault = ""
	// TruncationUnnamed tells truncation as UNKNOWN with a message that no client knows.
	TruncationUnnamed Fault = "truncation-unnamed"
	// EndsOK ends Consume with OK, as if all were read: each that is under way when the server stops, and each that
	// takes up one that was cut, at once, however often it is tried.
	EndsOK Fault = "ends-ok"
	// DropsAtCut leaves one event out of each Consume that takes up one that was cut. It is never the first that is
	// sent, and only one behind which others are there already: a reader that meets the fault sees a hole at once, and
	// doesn't have to wait for it.
	DropsAtCut Fault = "drops-at-cut"
	// AcceptsUnknownTypes takes event types that the application doesn't have, and waits for them.
	AcceptsUnknownTypes Fault = "accepts-unknown-types"
	// RestartsAtZero begins each Consume that takes up one that was cut with the first event that is kept.
	RestartsAtZero Fault = "restarts-at-zero"
	// OneAtATime lets no Consume of a stream be served while an answer of another is on its way into a connection that
	// is full, because its client doesn't read.
	OneAtATime Fault = "one-at-a-time"
)

// Faults are all that there are.
var Faults = []Fault{
	TruncationUnnamed, EndsOK, DropsAtCut, AcceptsUnknownTypes, RestartsAtZero, OneAtATime,
}

// ParseFault returns the fault of that name; the empty name is None.
func ParseFault(name string) (Fault, error) {
	if fault := Fault(name); fault == None || slices.Contains(Faults, fault) {
		return fault, nil
	}
	known := make([]string, 0, len(Faults))
	for _, each := range Faults {
		known = append(known, string(each))
	}
	return None, fmt.Errorf("no fault is called %q; there are %s", name, strings.Join(known, ", "))
}
