package server

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
)

// What network_bench measures of the other side, of the same events: server and client in one process, by loopback.

const benchType = "bench.Happened"

func benchEvents(count int) []*envelopespec.Envelope {
	made := make([]*envelopespec.Envelope, count)
	for i := range made {
		id := fmt.Sprintf("00000000-0000-0000-0000-%012d", i)
		made[i] = &envelopespec.Envelope{
			MessageId:         id,
			CausationId:       id,
			CorrelationId:     id,
			SourceApplication: &envelopespec.Identity{Name: "bench", Key: key},
			SourceHandler:     &envelopespec.Identity{Name: "handler", Key: key},
			SourceInstanceId:  "instance",
			CreatedAt:         "2027-01-15T08:00:00Z",
			PortableName:      benchType,
			MediaType:         mediaType(benchType),
			Data:              []byte(strings.Repeat("x", 100)),
		}
	}
	return made
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// benched returns a reader of a stream with so many events, and what appends further ones to it.
func benched(b *testing.B, count int) (*reader, func(*envelopespec.Envelope)) {
	b.Helper()
	f := start(b, Options{})
	f.resetTo([]string{benchType})
	application, err := f.server.application(key)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := application.stream.Append(benchEvents(count)); err != nil {
		b.Fatal(err)
	}
	return f.open(0, benchType), func(envelope *envelopespec.Envelope) {
		if _, err := application.stream.Append([]*envelopespec.Envelope{envelope}); err != nil {
			b.Error(err)
		}
	}
}

func (r *reader) mustBeAt(offset int) *eventstreamspec.ConsumeResponse {
	r.t.Helper()
	response, err := r.stream.Recv()
	if err != nil || response.GetOffset() != uint64(offset) {
		r.t.Fatalf("got %v and %v, expected the event at %d", response, err, offset)
	}
	return response
}

func BenchmarkDrain(b *testing.B) {
	reader, _ := benched(b, b.N)
	processor := processorTime()
	b.ResetTimer()
	for i := range b.N {
		reader.mustBeAt(i)
	}
	b.StopTimer()
	b.ReportMetric(float64(processorTime()-processor)/float64(b.N), "cpu-ns/op")
}

// BenchmarkWakeUp is about a reader that waits.
func BenchmarkWakeUp(b *testing.B) {
	reader, appendOne := benched(b, 0)
	event := benchEvents(1)[0]
	appended := make(chan time.Time)
	go func() {
		for range b.N {
			now := time.Now()
			appendOne(event)
			appended <- now
		}
	}()
	took := make([]time.Duration, b.N)
	for i := range took {
		reader.mustBeAt(i)
		now := time.Now()
		took[i] = now.Sub(<-appended)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
}
