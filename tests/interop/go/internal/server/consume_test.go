package server

import (
	"context"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/proto"

	"streamtest/peer/internal/wire/controlpb"
)

func TestConsumeRefusesWhatItCannotServe(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"}, "a")
	unknown := func(name string) proto.Message { return &eventstreamspec.UnrecognizedEventType{PortableName: name} }
	application := func(key string) proto.Message {
		return &eventstreamspec.UnrecognizedApplication{ApplicationKey: key}
	}
	for name, row := range map[string]struct {
		key     string
		types   []*eventstreamspec.EventType
		code    codes.Code
		message string
		details []proto.Message
	}{
		"no application key":   {"", nil, codes.InvalidArgument, "application key must not be empty", nil},
		"unknown key":          {"x", nil, codes.NotFound, "unrecognized application: x", []proto.Message{application("x")}},
		"key in another case":  {strings.ToUpper(key), types("a"), codes.NotFound, "unrecognized application: " + strings.ToUpper(key), []proto.Message{application(strings.ToUpper(key))}},
		"no types":             {key, nil, codes.InvalidArgument, "at least one event type must be consumed", nil},
		"unknown types":        {key, types("y", "a", "x", "y"), codes.InvalidArgument, "one or more unrecognized event types or media-types", []proto.Message{unknown("y"), unknown("x"), unknown("y")}},
		"type without a name":  {key, types("a", ""), codes.InvalidArgument, "one or more unrecognized event types or media-types", []proto.Message{unknown("")}},
		"type in another case": {key, types("A"), codes.InvalidArgument, "one or more unrecognized event types or media-types", []proto.Message{unknown("A")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.consume(&eventstreamspec.ConsumeRequest{ApplicationKey: row.key, EventTypes: row.types}).stream.Recv()
			mustBe(t, err, row.code, row.message, row.details...)
		})
	}
}

func TestEventTypesTellsWhatTheApplicationWasResetTo(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"})
	response, err := f.api.EventTypes(t.Context(), &eventstreamspec.EventTypesRequest{ApplicationKey: key})
	if err != nil {
		t.Fatal(err)
	}
	if expected := (&eventstreamspec.EventTypesResponse{EventTypes: types("a", "b")}); !proto.Equal(response, expected) {
		t.Errorf("got %v, expected %v", response, expected)
	}
	_, err = f.api.EventTypes(t.Context(), &eventstreamspec.EventTypesRequest{})
	mustBe(t, err, codes.InvalidArgument, "application key must not be empty")
	_, err = f.api.EventTypes(t.Context(), &eventstreamspec.EventTypesRequest{ApplicationKey: "x"})
	mustBe(t, err, codes.NotFound, "unrecognized application: x",
		&eventstreamspec.UnrecognizedApplication{ApplicationKey: "x"})
}

func TestEveryFieldArrives(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"})
	bytes := make([]byte, 256)
	for i := range bytes {
		bytes[i] = byte(i)
	}
	sent := envelope("a")
	sent.SourceHandler = proto.CloneOf(sent.GetSourceApplication())
	sent.SourceSite = proto.CloneOf(sent.GetSourceApplication())
	sent.SourceInstanceId, sent.Description, sent.ScheduledFor, sent.Data = "instance", "an ünusual one", "later", bytes
	f.appendThese(sent)
	if seen := f.open(0, "a").mustRead(0)[0].GetEnvelope(); !proto.Equal(seen, sent) {
		t.Errorf("got %v, expected %v", seen, sent)
	}
}

func TestConsumeBeginsWhereItIsTold(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"}, "a", "b", "a", "b")
	f.consume(&eventstreamspec.ConsumeRequest{ApplicationKey: key, EventTypes: types("b")}).mustRead(1, 3)
	f.open(1, "a").mustRead(2)
	beyond := f.open(6, "a", "b")
	far := f.open(math.MaxUint64, "a")
	witness := f.open(4, "a", "b")
	f.append("a", "a", "a", "a")
	witness.mustRead(4, 5, 6, 7)
	beyond.mustRead(6, 7)
	far.cancel()
	_, err := far.stream.Recv()
	mustBe(t, err, codes.Canceled, "context canceled")
}

func TestTruncationIsToldWhereConsumeBegins(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"}, "a", "a", "a")
	early := f.open(0, "a")
	early.mustRead(0)
	f.truncate(3)
	early.mustRead(1, 2)
	for _, name := range []string{"a", "b"} {
		f.open(2, name).mustFail(codes.Unknown, "can not open cursor, stream is truncated")
	}
	f.append("a")
	early.mustRead(3)
	f.open(3, "a").mustRead(3)
}

func TestMediaTypesAreJudgedLate(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"}, "b")
	for name, row := range map[string]struct {
		wanted  []string
		code    codes.Code
		message string
		details []proto.Message
	}{
		"none in common": {[]string{"text/plain; type=a"}, codes.InvalidArgument,
			"none of the requested media-types for 'a' events are supported",
			[]proto.Message{&eventstreamspec.NoRecognizedMediaTypes{PortableName: "a"}}},
		"none at all": {nil, codes.InvalidArgument, "at least one media-type must be given for 'a' events", nil},
		"malformed":   {[]string{"text/plain; type=a", ""}, codes.Unknown, "mime: no media type", nil},
	} {
		t.Run(name, func(t *testing.T) {
			wanted := append(types("b"), &eventstreamspec.EventType{PortableName: "a", MediaTypes: row.wanted})
			f.resetTo([]string{"a", "b"}, "b")
			reader := f.consume(request(0, wanted))
			reader.mustRead(0)
			f.append("b", "a")
			reader.mustRead(1)
			_, err := reader.stream.Recv()
			mustBe(t, err, row.code, row.message, row.details...)
		})
	}
}

func TestTheLastListOfATypeCounts(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"}, "a")
	useless := &eventstreamspec.EventType{PortableName: "a", MediaTypes: []string{"text/plain"}}
	f.consume(request(0, append([]*eventstreamspec.EventType{useless}, types("a")...))).mustRead(0)
	f.consume(request(0, append(types("a"), useless))).mustFail(codes.InvalidArgument,
		"none of the requested media-types for 'a' events are supported",
		&eventstreamspec.NoRecognizedMediaTypes{PortableName: "a"})
}

// headers notes whether any came.
type headers struct {
	mutex sync.Mutex
	seen  bool
}

func (*headers) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*headers) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*headers) HandleConn(context.Context, stats.ConnStats)                       {}
func (h *headers) HandleRPC(_ context.Context, event stats.RPCStats) {
	if _, ok := event.(*stats.InHeader); ok {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		h.seen = true
	}
}

func TestNoHeadersComeBeforeTheFirstEvent(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"})
	var noted headers
	conn, err := grpc.NewClient("passthrough:///"+f.address, grpc.WithStatsHandler(&noted),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	quiet := (&connection{t: t, conn: conn, api: eventstreamspec.NewStreamAPIClient(conn)}).open(0, "a")
	// Headers that come with the beginning of a call would be there before the event of one that began later.
	f.append("b")
	f.open(0, "b").mustRead(0)
	quiet.cancel()
	if _, err := quiet.stream.Recv(); err == nil {
		t.Error("an event came, expected none")
	}
	noted.mutex.Lock()
	defer noted.mutex.Unlock()
	if noted.seen {
		t.Error("headers came, though there was no event")
	}
}

func TestADeadlinePasses(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	stream, err := f.api.Consume(ctx, request(0, types("a")))
	if err == nil {
		_, err = stream.Recv()
	}
	if code := grpcCode(err); code != codes.DeadlineExceeded {
		t.Errorf("got %v, expected DEADLINE_EXCEEDED", err)
	}
}

func TestAnEventThatIsTooLarge(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"})
	large := envelope("a")
	large.Data = make([]byte, maximum)
	_, err := f.control.Append(t.Context(),
		&controlpb.AppendRequest{ApplicationKey: key, Envelopes: append(envelopes("a"), large)})
	if code := grpcCode(err); code != codes.ResourceExhausted {
		t.Errorf("append gave %v, expected RESOURCE_EXHAUSTED", err)
	}
	if offsets := f.appendThese(large); offsets[0] != 0 {
		t.Errorf("the first event is at %d, expected 0: what was refused must leave nothing", offsets[0])
	}
	_, err = f.open(0, "a").stream.Recv()
	if code := grpcCode(err); code != codes.ResourceExhausted {
		t.Errorf("next gave %v, expected RESOURCE_EXHAUSTED", err)
	}
}

func TestAThousandCursorsOnOneConnection(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a", "b"}, "a", "b")
	readers := make([]*reader, 1000)
	for i := range readers {
		readers[i] = f.open(0, "a")
	}
	readers[len(readers)-1].mustRead(0)
	f.append("b", "a")
	f.append("a")
	for i, each := range readers {
		if i == len(readers)-1 {
			each.mustRead(3, 4)
		} else {
			each.mustRead(0, 3, 4)
		}
	}
}
