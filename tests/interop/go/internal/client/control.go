package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"

	"streamtest/peer/internal/wire/controlpb"
)

// Types are what a server says of an application's event types, as it is printed.
type Types struct {
	EventTypes []Type `json:"event_types"`
}

// Type is one event type as it is printed.
type Type struct {
	PortableName string   `json:"portable_name"`
	MediaTypes   []string `json:"media_types"`
}

// EventTypes asks for the event types, which come in the server's order.
func EventTypes(ctx context.Context, connection grpc.ClientConnInterface, application string) (Types, error) {
	response, err := eventstreamspec.NewStreamAPIClient(connection).EventTypes(ctx,
		&eventstreamspec.EventTypesRequest{ApplicationKey: application})
	if err != nil {
		return Types{}, err
	}
	types := Types{EventTypes: []Type{}}
	for _, each := range response.GetEventTypes() {
		types.EventTypes = append(types.EventTypes, Type{
			PortableName: each.GetPortableName(),
			MediaTypes:   append([]string{}, each.GetMediaTypes()...),
		})
	}
	return types, nil
}

// Fresh says what an application is to be reset to.
type Fresh struct {
	Application, Name string
	Types             []string
	MediaTypes        []string // of each type; "{type}" stands for its name
	First, Limit      uint64
}

// Reset replaces an application's stream, and returns what serves it.
func Reset(ctx context.Context, connection grpc.ClientConnInterface, fresh Fresh) (implementation string, err error) {
	request := &controlpb.ResetRequest{
		ApplicationKey:  fresh.Application,
		ApplicationName: fresh.Name,
		FirstOffset:     fresh.First,
		BufferSize:      fresh.Limit,
	}
	for _, name := range fresh.Types {
		request.EventTypes = append(request.EventTypes, eventType(name, fresh.MediaTypes))
	}
	response, err := controlpb.NewControlClient(connection).Reset(ctx, request)
	return response.GetImplementation(), err
}

// Append appends the events that are read from a text of JSON objects, one a line, in the form in which Read's events
// are printed; their offsets don't matter. It returns those that they were given.
func Append(
	ctx context.Context, connection grpc.ClientConnInterface, application string, events io.Reader, skipValidation bool,
) ([]uint64, error) {
	envelopes, err := readEnvelopes(events)
	if err != nil {
		return nil, err
	}
	response, err := controlpb.NewControlClient(connection).Append(ctx, &controlpb.AppendRequest{
		ApplicationKey: application,
		Envelopes:      envelopes,
		SkipValidation: skipValidation,
	})
	return append([]uint64{}, response.GetOffsets()...), err
}

// ErrMalformed tells that what was to be appended is no event.
var ErrMalformed = errors.New("no event in JSON")

func readEnvelopes(from io.Reader) ([]*envelopespec.Envelope, error) {
	var envelopes []*envelopespec.Envelope
	lines := bufio.NewReader(from)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if line := bytes.TrimSpace(line); len(line) > 0 {
			var event Event
			decoder := json.NewDecoder(bytes.NewReader(line))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&event); err != nil {
				return nil, fmt.Errorf("line %d: %w: %w", number, ErrMalformed, err)
			}
			if event.Envelope == nil {
				return nil, fmt.Errorf("line %d: %w: it has no envelope", number, ErrMalformed)
			}
			envelopes = append(envelopes, event.Envelope.message())
		}
		if err != nil {
			return envelopes, nil
		}
	}
}

// Truncate drops the events before an offset, and returns the offset of the first that is left.
func Truncate(
	ctx context.Context, connection grpc.ClientConnInterface, application string, first uint64,
) (uint64, error) {
	response, err := controlpb.NewControlClient(connection).Truncate(ctx,
		&controlpb.TruncateRequest{ApplicationKey: application, FirstOffset: first})
	return response.GetFirstOffset(), err
}
