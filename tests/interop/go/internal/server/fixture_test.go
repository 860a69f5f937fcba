package server

import (
	"context"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"streamtest/peer/internal/wire/controlpb"
)

const key = "0d2c9e5e-7b3f-4a55-9a0a-3f0e0d1c2b3a"

// fixture is a server on a port of its own, and a connection to it.
type fixture struct {
	t       testing.TB
	server  *Server
	address string
	*connection
}

// connection is a client's side of one connection.
type connection struct {
	t       testing.TB
	conn    *grpc.ClientConn
	api     eventstreamspec.StreamAPIClient
	control controlpb.ControlClient
}

func start(t testing.TB, options Options) *fixture {
	t.Helper()
	server, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	f := &fixture{t: t, server: server, address: listener.Addr().String()}
	f.connection = f.connect()
	return f
}

func (f *fixture) connect() *connection {
	f.t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+f.address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = conn.Close() })
	return &connection{
		t:       f.t,
		conn:    conn,
		api:     eventstreamspec.NewStreamAPIClient(conn),
		control: controlpb.NewControlClient(conn),
	}
}

// mediaType is the one in which a type's events are stored here.
func mediaType(name string) string {
	return fmt.Sprintf(`application/json; type="%s"`, name)
}

func types(names ...string) []*eventstreamspec.EventType {
	var made []*eventstreamspec.EventType
	for _, name := range names {
		made = append(made, &eventstreamspec.EventType{PortableName: name, MediaTypes: []string{mediaType(name)}})
	}
	return made
}

func envelope(name string) *envelopespec.Envelope {
	return &envelopespec.Envelope{
		MessageId:         "message-" + name,
		CausationId:       "causation",
		CorrelationId:     "correlation",
		SourceApplication: &envelopespec.Identity{Name: "application", Key: key},
		CreatedAt:         "2026-01-02T03:04:05.000000006Z",
		PortableName:      name,
		MediaType:         mediaType(name),
		Data:              []byte{0, 1, 0xff},
	}
}

func envelopes(names ...string) []*envelopespec.Envelope {
	var made []*envelopespec.Envelope
	for _, name := range names {
		made = append(made, envelope(name))
	}
	return made
}

func (c *connection) reset(request *controlpb.ResetRequest) {
	c.t.Helper()
	request.ApplicationKey = key
	if _, err := c.control.Reset(c.t.Context(), request); err != nil {
		c.t.Fatal(err)
	}
}

// resetTo makes an application with those types and appends the events.
func (c *connection) resetTo(names []string, events ...string) {
	c.t.Helper()
	c.reset(&controlpb.ResetRequest{EventTypes: types(names...)})
	c.append(events...)
}

func (c *connection) append(names ...string) []uint64 {
	c.t.Helper()
	return c.appendThese(envelopes(names...)...)
}

func (c *connection) appendThese(envelopes ...*envelopespec.Envelope) []uint64 {
	c.t.Helper()
	response, err := c.control.Append(c.t.Context(),
		&controlpb.AppendRequest{ApplicationKey: key, Envelopes: envelopes, SkipValidation: true})
	if err != nil {
		c.t.Fatal(err)
	}
	return response.GetOffsets()
}

func (c *connection) truncate(first uint64) {
	c.t.Helper()
	if _, err := c.control.Truncate(c.t.Context(),
		&controlpb.TruncateRequest{ApplicationKey: key, FirstOffset: first}); err != nil {
		c.t.Fatal(err)
	}
}

// reader is a call of Consume.
type reader struct {
	t      testing.TB
	stream eventstreamspec.StreamAPI_ConsumeClient
	cancel context.CancelFunc
}

func request(offset uint64, types []*eventstreamspec.EventType) *eventstreamspec.ConsumeRequest {
	return &eventstreamspec.ConsumeRequest{
		ApplicationKey: key,
		EventTypes:     types,
		StartPoint:     &eventstreamspec.ConsumeRequest_Offset{Offset: offset},
	}
}

func (c *connection) consume(request *eventstreamspec.ConsumeRequest) *reader {
	c.t.Helper()
	// Only for a test that fails: it says then what it waited for.
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	c.t.Cleanup(cancel)
	stream, err := c.api.Consume(ctx, request)
	if err != nil {
		c.t.Fatal(err)
	}
	return &reader{t: c.t, stream: stream, cancel: cancel}
}

func (c *connection) open(offset uint64, names ...string) *reader {
	c.t.Helper()
	return c.consume(request(offset, types(names...)))
}

// mustRead reads as many events as there are offsets, which must be those.
func (r *reader) mustRead(offsets ...uint64) []*eventstreamspec.ConsumeResponse {
	r.t.Helper()
	var seen []*eventstreamspec.ConsumeResponse
	var places []uint64
	for range offsets {
		response, err := r.stream.Recv()
		if err != nil {
			r.t.Fatalf("read %v, then %v; expected %v", places, err, offsets)
		}
		seen = append(seen, response)
		places = append(places, response.GetOffset())
	}
	if !slices.Equal(places, offsets) {
		r.t.Fatalf("read %v, expected %v", places, offsets)
	}
	return seen
}

// mustFail reads, which must give this status with these details, in their order.
func (r *reader) mustFail(code codes.Code, message string, details ...proto.Message) {
	r.t.Helper()
	_, err := r.stream.Recv()
	mustBe(r.t, err, code, message, details...)
}

func mustBe(t testing.TB, err error, code codes.Code, message string, details ...proto.Message) {
	t.Helper()
	told, ok := status.FromError(err)
	if !ok || err == nil {
		t.Fatalf("got %v, expected the status %v", err, code)
	}
	if told.Code() != code || told.Message() != message {
		t.Fatalf("got %v %q, expected %v %q", told.Code(), told.Message(), code, message)
	}
	if len(told.Details()) != len(details) {
		t.Fatalf("got the details %v, expected %v", told.Details(), details)
	}
	for i, each := range told.Details() {
		if seen, ok := each.(proto.Message); !ok || !proto.Equal(seen, details[i]) {
			t.Fatalf("detail %d is %v, expected %v", i, each, details[i])
		}
	}
}
