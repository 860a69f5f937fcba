package server

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"streamtest/peer/internal/wire/controlpb"
)

func TestControlRefusesApplicationsThatItDoesNotHave(t *testing.T) {
	f := start(t, Options{})
	for key, expected := range map[string]codes.Code{"": codes.InvalidArgument, "x": codes.NotFound} {
		_, err := f.control.Append(t.Context(), &controlpb.AppendRequest{ApplicationKey: key})
		if code := grpcCode(err); code != expected {
			t.Errorf("append to %q gave %v, expected %v", key, err, expected)
		}
		_, err = f.control.Truncate(t.Context(), &controlpb.TruncateRequest{ApplicationKey: key})
		if code := grpcCode(err); code != expected {
			t.Errorf("truncate of %q gave %v, expected %v", key, err, expected)
		}
	}
	_, err := f.control.Reset(t.Context(), &controlpb.ResetRequest{})
	mustBe(t, err, codes.InvalidArgument, "application key must not be empty")
	_, err = f.control.Reset(t.Context(), &controlpb.ResetRequest{ApplicationKey: key, EventTypes: types("a", "")})
	mustBe(t, err, codes.InvalidArgument, "an event type must have a name", &eventstreamspec.UnrecognizedEventType{})
}

func TestResetTellsWhatServes(t *testing.T) {
	f := start(t, Options{})
	response, err := f.control.Reset(t.Context(), &controlpb.ResetRequest{ApplicationKey: key})
	if err != nil || !strings.Contains(response.GetImplementation(), "grpc-go") {
		t.Errorf("got %v, %v; expected an implementation on grpc-go", response, err)
	}
}

func TestResetReplacesTheStream(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"}, "a")
	before := f.open(0, "a")
	before.mustRead(0)
	f.reset(&controlpb.ResetRequest{EventTypes: types("a", "b"), FirstOffset: 7, BufferSize: 2})
	if offsets := f.append("a", "b", "a"); !slices.Equal(offsets, []uint64{7, 8, 9}) {
		t.Errorf("the offsets are %v, expected 7 to 9", offsets)
	}
	before.mustFail(codes.Aborted, "the application's stream was replaced by another one")
	f.open(7, "a").mustFail(codes.Unknown, "can not open cursor, stream is truncated")
	f.open(8, "a", "b").mustRead(8, 9)
}

func TestTruncateTellsTheFirstThatIsLeft(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"}, "a", "a", "a")
	for _, row := range []struct{ cut, first uint64 }{{2, 2}, {1, 2}, {9, 3}, {math.MaxUint64, 3}} {
		response, err := f.control.Truncate(t.Context(),
			&controlpb.TruncateRequest{ApplicationKey: key, FirstOffset: row.cut})
		if err != nil || response.GetFirstOffset() != row.first {
			t.Errorf("truncating before %d gave %v, %v; expected %d", row.cut, response, err, row.first)
		}
	}
}

func TestAppendRefusesABatchWithOneThatIsNoProperEvent(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"})
	for name, row := range map[string]struct {
		spoil   func(*envelopespec.Envelope)
		message string
	}{
		"no message ID":             {func(e *envelopespec.Envelope) { e.MessageId = "" }, "message ID must not be empty"},
		"no application":            {func(e *envelopespec.Envelope) { e.SourceApplication = nil }, "application identity is invalid: identity name must not be empty"},
		"an instance of no handler": {func(e *envelopespec.Envelope) { e.SourceInstanceId = "i" }, "source instance ID must not be specified without providing a handler identity"},
		"no time":                   {func(e *envelopespec.Envelope) { e.CreatedAt = "yesterday" }, "created-at time must be as RFC 3339 says"},
		"another application":       {func(e *envelopespec.Envelope) { e.SourceApplication.Key = "x" }, "the event is one of application x"},
		"unknown type":              {func(e *envelopespec.Envelope) { e.PortableName = "b" }, "the application has no events of type b"},
	} {
		t.Run(name, func(t *testing.T) {
			batch := envelopes("a", "a")
			row.spoil(batch[1])
			_, err := f.control.Append(t.Context(), &controlpb.AppendRequest{ApplicationKey: key, Envelopes: batch})
			told := status.Convert(err)
			if told.Code() != codes.InvalidArgument || !strings.HasPrefix(told.Message(), "envelope 1: "+row.message) {
				t.Errorf("got %v, expected INVALID_ARGUMENT and %q", err, "envelope 1: "+row.message)
			}
		})
	}
	if offsets := f.append("a"); !slices.Equal(offsets, []uint64{0}) {
		t.Errorf("the first event is at %v, expected 0: what was refused must leave nothing", offsets)
	}
}

func TestAppendTakesAnythingIfItIsTold(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"})
	bare := &envelopespec.Envelope{PortableName: "a", MediaType: mediaType("a")}
	f.appendThese(&envelopespec.Envelope{}, bare)
	f.open(0, "a").mustRead(1)
}

func TestTheOffsetsEnd(t *testing.T) {
	f := start(t, Options{})
	f.reset(&controlpb.ResetRequest{EventTypes: types("a"), FirstOffset: math.MaxUint64 - 1})
	_, err := f.control.Append(t.Context(),
		&controlpb.AppendRequest{ApplicationKey: key, Envelopes: envelopes("a", "a")})
	mustBe(t, err, codes.OutOfRange, "the offsets are used up")
	f.append("a")
	f.open(math.MaxUint64-1, "a").mustRead(math.MaxUint64 - 1)
}
