// Command memory is a testee over a stream in memory, and an example of one:
//
//	go build -o memory ./examples/memory
//	streamtest certify exec:./memory
//
// It is conformant, unless it is told by -fault to have one of the defects that the kit must find.
package main

import (
	"context"
	"errors"
	"flag"

	"streamtest/testee"
)

// fault is a defect of the stream.
type fault string

const (
	none fault = ""
	// missesWake: a cursor begins to wait some time after it found nothing, and misses an append in between (BLK-3, and
	// every rule whose case comes to wait for that event: BLK-2, BLK-4).
	missesWake fault = "misses-wake"
	// readsWhenClosed: a closed cursor still gives the events that are there (CLS-2).
	readsWhenClosed fault = "reads-when-closed"
)

// Set and String make it a value of the package flag.
func (f *fault) Set(name string) error {
	switch *f = fault(name); *f {
	case none, missesWake, readsWhenClosed:
		return nil
	}
	return errors.New("there is no such defect")
}

func (f *fault) String() string { return string(*f) }

func main() {
	chosen := none
	flag.Var(&chosen, "fault", "have a `DEFECT`: "+string(missesWake)+" or "+string(readsWhenClosed))
	testee.Main(testee.Hello{
		Name:         "memory in Go",
		Capabilities: testee.Capabilities{Truncation: testee.Strict, CursorsOutliveStream: true},
	}, func(_ context.Context, scenario testee.Scenario) (*stream, error) {
		return newStream(scenario, chosen), nil
	})
}
