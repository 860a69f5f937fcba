package server

import (
	"context"
	"errors"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"streamtest/peer/internal/stream"
)

// EventTypes tells what the application was reset to.
func (s *Server) EventTypes(
	_ context.Context, request *eventstreamspec.EventTypesRequest,
) (*eventstreamspec.EventTypesResponse, error) {
	application, err := s.application(request.GetApplicationKey())
	if err != nil {
		return nil, err
	}
	return &eventstreamspec.EventTypesResponse{EventTypes: application.types}, nil
}

// Consume sends events until its client ends it. Nothing is sent before the first event, headers neither.
func (s *Server) Consume(
	request *eventstreamspec.ConsumeRequest, out eventstreamspec.StreamAPI_ConsumeServer,
) error {
	application, err := s.application(request.GetApplicationKey())
	if err != nil {
		return err
	}
	if err := s.judgeTypes(application, request.GetEventTypes()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(out.Context())
	defer cancel()
	defer context.AfterFunc(s.ended, cancel)()
	c := &consume{
		server:      s,
		application: application,
		filter:      newFilter(request.GetEventTypes()),
		opened:      request.GetOffset(),
		next:        request.GetOffset(),
		out:         out,
	}
	c.resumes = application.resumes(c.filter.String(), c.opened)
	return c.run(ctx)
}

func (s *Server) judgeTypes(application *application, types []*eventstreamspec.EventType) error {
	if len(types) == 0 {
		return errNoEventTypes
	}
	var unknown []string
	for _, each := range types {
		if !application.knows(each.GetPortableName()) {
			unknown = append(unknown, each.GetPortableName())
		}
	}
	if len(unknown) == 0 || s.options.Fault == AcceptsUnknownTypes {
		return nil
	}
	return unrecognizedTypes("one or more unrecognized event types or media-types", unknown)
}

// consume is one call of Consume. It belongs to that call's goroutine.
type consume struct {
	server      *Server
	application *application
	filter      filter
	opened      uint64
	next        uint64 // behind the last event that was sent
	resumes     bool   // it takes up a Consume that was cut
	sent        int
	dropped     bool
	out         eventstreamspec.StreamAPI_ConsumeServer
}

// run returns the status with which the call ends.
func (c *consume) run(ctx context.Context) error {
	if c.resumes && c.has(EndsOK) {
		return nil
	}
	cursor, err := c.open()
	if err != nil {
		return c.end(err)
	}
	for {
		event, err := cursor.Next(ctx)
		if err != nil {
			return c.end(err)
		}
		if c.mayDrop() && cursor.Ready() {
			c.dropped = true
			continue
		}
		envelope, err := negotiate(event.Envelope, c.filter[event.Envelope.GetPortableName()])
		if err != nil {
			return err
		}
		response := &eventstreamspec.ConsumeResponse{Offset: event.Offset, Envelope: envelope}
		if err := c.send(ctx, response); err != nil {
			return c.end(err)
		}
	}
}

func (c *consume) has(fault Fault) bool {
	return c.server.options.Fault == fault
}

func (c *consume) mayDrop() bool {
	return c.has(DropsAtCut) && c.resumes && c.sent > 0 && !c.dropped
}

func (c *consume) open() (*stream.Cursor, error) {
	from := c.opened
	if c.resumes && c.has(RestartsAtZero) {
		from = c.application.stream.First()
	}
	return c.application.stream.Open(from, c.filter.wants)
}

func (c *consume) send(ctx context.Context, response *eventstreamspec.ConsumeResponse) error {
	if c.has(OneAtATime) {
		select {
		case c.application.turn <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		defer func() { <-c.application.turn }()
		pad(response, c.server.options.Padding)
	}
	if err := c.out.Send(response); err != nil {
		return err
	}
	c.sent++
	c.next = response.GetOffset() + 1
	return nil
}

// paddingField is no field of an answer.
const paddingField = 1000

func pad(response *eventstreamspec.ConsumeResponse, size int) {
	if size == 0 {
		return
	}
	padding := protowire.AppendTag(nil, paddingField, protowire.BytesType)
	response.ProtoReflect().SetUnknown(protowire.AppendBytes(padding, make([]byte, size)))
}

// end notes a Consume that was cut, and returns the status for what happened.
func (c *consume) end(err error) error {
	if connectionIsGone(c.out.Context()) {
		c.application.remember(cutConsume{filter: c.filter.String(), opened: c.opened, next: c.next})
	}
	switch {
	case errors.Is(err, stream.ErrTruncated) && c.has(TruncationUnnamed):
		return errUnnamed
	case errors.Is(err, stream.ErrTruncated):
		return errTruncated
	case errors.Is(err, stream.ErrReplaced):
		return errReplaced
	case errors.Is(err, context.Canceled) && c.server.ended.Err() != nil:
		return nil
	}
	if _, told := status.FromError(err); told {
		return err
	}
	return status.FromContextError(err).Err()
}
