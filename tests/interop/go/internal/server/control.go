package server

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"streamtest/peer/internal/stream"
	"streamtest/peer/internal/wire/controlpb"
)

// implementation is what Reset answers, for reports.
var implementation = "streamtest's Go peer on grpc-go " + grpc.Version

// Reset replaces the stream. A type can be served if it has a name; with which media types its events come is up to
// whoever appends them. A Consume of the stream before ends with ABORTED.
func (s *Server) Reset(_ context.Context, request *controlpb.ResetRequest) (*controlpb.ResetResponse, error) {
	key := request.GetApplicationKey()
	if key == "" {
		return nil, errNoApplicationKey
	}
	types, err := distinct(request.GetEventTypes())
	if err != nil {
		return nil, err
	}
	fresh := newApplication(key, types, request.GetFirstOffset(), request.GetBufferSize())
	defer s.alone()()
	if err := s.note(request); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if before, ok := s.applications[key]; ok {
		before.stream.Replace()
	}
	s.applications[key] = fresh
	return &controlpb.ResetResponse{Implementation: implementation}, nil
}

// distinct returns each type once; if one is named twice the last entry counts.
func distinct(types []*eventstreamspec.EventType) ([]*eventstreamspec.EventType, error) {
	var found []*eventstreamspec.EventType
	places := map[string]int{}
	for _, each := range types {
		name := each.GetPortableName()
		if name == "" {
			return nil, unrecognizedTypes("an event type must have a name", []string{name})
		}
		if place, ok := places[name]; ok {
			found[place] = each
			continue
		}
		places[name] = len(found)
		found = append(found, each)
	}
	return found, nil
}

// Append appends all envelopes or none. It refuses with INVALID_ARGUMENT what is no proper envelope of an event of this
// application, with a detail if it doesn't have the event's type, and with RESOURCE_EXHAUSTED what clients could not
// receive, unless the request says to skip that.
func (s *Server) Append(_ context.Context, request *controlpb.AppendRequest) (*controlpb.AppendResponse, error) {
	defer s.alone()()
	application, err := s.application(request.GetApplicationKey())
	if err != nil {
		return nil, err
	}
	envelopes := request.GetEnvelopes()
	if !request.GetSkipValidation() {
		for i, envelope := range envelopes {
			if err := application.validate(envelope); err != nil {
				return nil, prefixed(fmt.Sprintf("envelope %d: ", i), err)
			}
		}
	}
	if application.stream.Room() < uint64(len(envelopes)) {
		return nil, status.Error(codes.OutOfRange, stream.ErrFull.Error())
	}
	if err := s.note(request); err != nil {
		return nil, err
	}
	first, err := application.stream.Append(envelopes)
	if err != nil {
		return nil, status.Error(codes.OutOfRange, err.Error())
	}
	response := &controlpb.AppendResponse{}
	for i := range envelopes {
		response.Offsets = append(response.Offsets, first+uint64(i))
	}
	return response, nil
}

func (a *application) validate(envelope *envelopespec.Envelope) error {
	if err := envelope.Validate(); err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	if _, err := time.Parse(time.RFC3339, envelope.GetCreatedAt()); err != nil {
		return status.Error(codes.InvalidArgument, "created-at time must be as RFC 3339 says: "+err.Error())
	}
	if key := envelope.GetSourceApplication().GetKey(); key != a.key {
		return status.Errorf(codes.InvalidArgument, "the event is one of application %s", key)
	}
	if name := envelope.GetPortableName(); !a.knows(name) {
		return unrecognizedTypes("the application has no events of type "+name, []string{name})
	}
	answer := &eventstreamspec.ConsumeResponse{Offset: math.MaxUint64, Envelope: envelope}
	if size := proto.Size(answer); size > maximum {
		return status.Errorf(codes.ResourceExhausted, "clients could not receive it: message larger than max (%d vs. %d)",
			size, maximum)
	}
	return nil
}

// prefixed is the status with more before its message.
func prefixed(text string, err error) error {
	told := status.Convert(err).Proto()
	told.Message = text + told.GetMessage()
	return status.ErrorProto(told)
}

// Truncate drops events. An offset beyond the end means all of them.
func (s *Server) Truncate(_ context.Context, request *controlpb.TruncateRequest) (*controlpb.TruncateResponse, error) {
	defer s.alone()()
	application, err := s.application(request.GetApplicationKey())
	if err != nil {
		return nil, err
	}
	if err := s.note(request); err != nil {
		return nil, err
	}
	return &controlpb.TruncateResponse{FirstOffset: application.stream.Truncate(request.GetFirstOffset())}, nil
}
