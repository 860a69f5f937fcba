package server

import (
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"

	"streamtest/peer/internal/wire/controlpb"
)

func (r *reader) tryRead() error {
	_, err := r.stream.Recv()
	return err
}

// cutAfter reads a stream of six events from its beginning until some have come, and cuts the connection. What it
// returns is another connection, on which the server knows of the cut.
func cutAfter(t *testing.T, f *fixture, offsets ...uint64) *connection {
	t.Helper()
	f.resetTo([]string{"a", "b"}, "a", "b", "a", "a", "a", "a")
	broken := f.connect()
	broken.open(0, "a").mustRead(offsets...)
	if err := broken.conn.Close(); err != nil {
		t.Fatal(err)
	}
	application := f.server.applications[key]
	for cut := 0; cut == 0; runtime.Gosched() {
		application.mutex.Lock()
		cut = len(application.cut)
		application.mutex.Unlock()
	}
	return f.connect()
}

func TestWithoutAFaultACutIsNothing(t *testing.T) {
	f := start(t, Options{})
	cutAfter(t, f, 0, 2).open(3, "a").mustRead(3, 4, 5)
}

func TestTruncationUnnamed(t *testing.T) {
	f := start(t, Options{Fault: TruncationUnnamed})
	f.resetTo([]string{"a"}, "a")
	f.truncate(1)
	f.open(0, "a").mustFail(codes.Unknown, "the stream could not be read")
}

func TestEndsOK(t *testing.T) {
	f := start(t, Options{Fault: EndsOK})
	again := cutAfter(t, f, 0)
	for range 2 {
		if err := again.open(2, "a").tryRead(); !errors.Is(err, io.EOF) {
			t.Errorf("taking up what was cut gave %v, expected io.EOF", err)
		}
	}
	again.open(2, "a", "b").mustRead(2)
	waiting := again.open(6, "a", "b")
	f.append("b")
	waiting.mustRead(6)
	f.server.Stop()
	if err := waiting.tryRead(); !errors.Is(err, io.EOF) {
		t.Errorf("stopping gave %v, expected io.EOF", err)
	}
}

func TestDropsAtCut(t *testing.T) {
	f := start(t, Options{Fault: DropsAtCut})
	cutAfter(t, f, 0).open(2, "a").mustRead(2, 4, 5)
}

func TestDropsAtCutNeverTheLast(t *testing.T) {
	f := start(t, Options{Fault: DropsAtCut})
	reader := cutAfter(t, f, 0, 2, 3).open(4, "a")
	reader.mustRead(4, 5)
	f.append("a", "a")
	reader.mustRead(7)
}

func TestDropsAtCutOnlyWhatTakesUpAnother(t *testing.T) {
	f := start(t, Options{Fault: DropsAtCut})
	again := cutAfter(t, f, 0)
	again.open(2, "a", "b").mustRead(2, 3, 4, 5) // other types
	again.open(4, "a").mustRead(4, 5)            // another place
}

func TestAClientThatEndsItsCallIsNotCut(t *testing.T) {
	server := newServer(t, None)
	for _, gone := range []bool{false, true} {
		conn := &watchedConn{}
		conn.gone.Store(gone)
		ctx := peer.NewContext(t.Context(), &peer.Peer{Addr: watchedAddr{conn: conn}})
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if err := server.Consume(request(0, types("a")), slowClient{ctx: ctx}); grpcCode(err) != codes.Canceled {
			t.Errorf("the call ended with %v, expected CANCELLED", err)
		}
		if seen := server.applications[key].resumes("a", 0); seen != gone {
			t.Errorf("another is taken for one that takes up the call: %v, expected %v", seen, gone)
		}
	}
}

func TestAcceptsUnknownTypes(t *testing.T) {
	f := start(t, Options{Fault: AcceptsUnknownTypes})
	f.resetTo([]string{"a"}, "a")
	f.open(0, "x", "a").mustRead(0)
}

func TestRestartsAtZero(t *testing.T) {
	f := start(t, Options{Fault: RestartsAtZero})
	again := cutAfter(t, f, 0, 2)
	again.open(3, "a").mustRead(0, 2, 3)
	again.open(3, "a", "b").mustRead(3)
	f.truncate(2)
	again.open(3, "a").mustRead(2)
}

// slowClient is a call whose client takes each answer only when it is told to.
type slowClient struct {
	grpc.ServerStream
	ctx  context.Context
	sent chan *eventstreamspec.ConsumeResponse
}

func (c slowClient) Context() context.Context { return c.ctx }

func (c slowClient) Send(response *eventstreamspec.ConsumeResponse) error {
	select {
	case c.sent <- response:
		return nil
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
}

// newServer returns a server that isn't on the network, with one event.
func newServer(t *testing.T, fault Fault) *Server {
	t.Helper()
	server, err := New(Options{Fault: fault})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	reset := &controlpb.ResetRequest{ApplicationKey: key, EventTypes: types("a")}
	if _, err := server.Reset(t.Context(), reset); err != nil {
		t.Fatal(err)
	}
	appended := &controlpb.AppendRequest{ApplicationKey: key, Envelopes: envelopes("a")}
	if _, err := server.Append(t.Context(), appended); err != nil {
		t.Fatal(err)
	}
	return server
}

// served tells whether a client gets its first event while another doesn't take its own.
func served(t *testing.T, fault Fault) bool {
	var told bool
	synctest.Test(t, func(t *testing.T) {
		server := newServer(t, fault)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		consume := func(client slowClient) {
			_ = server.Consume(request(0, types("a")), client)
		}
		idle := slowClient{ctx: ctx, sent: make(chan *eventstreamspec.ConsumeResponse)}
		go consume(idle)
		synctest.Wait()
		active := slowClient{ctx: ctx, sent: make(chan *eventstreamspec.ConsumeResponse, 1)}
		go consume(active)
		synctest.Wait()
		told = len(active.sent) == 1
		<-idle.sent
		synctest.Wait()
		if len(active.sent) != 1 {
			t.Error("the active client has no event though nobody holds it up")
		}
	})
	return told
}

func TestOneAtATime(t *testing.T) {
	if served(t, OneAtATime) {
		t.Error("a client is served while another doesn't read, expected that it waits")
	}
	if !served(t, None) {
		t.Error("without the fault a client waits for another")
	}
}

func TestPaddingIsSeenByNobody(t *testing.T) {
	f := start(t, Options{Fault: OneAtATime, Padding: 1000})
	f.resetTo([]string{"a"}, "a")
	seen := f.open(0, "a").mustRead(0)[0]
	if size := proto.Size(seen); size < 1000 {
		t.Errorf("the answer has %d bytes, expected the padding too", size)
	}
	if !proto.Equal(seen.GetEnvelope(), envelope("a")) {
		t.Errorf("got %v, expected %v", seen.GetEnvelope(), envelope("a"))
	}
}

func TestFaultsAreKnownByName(t *testing.T) {
	for _, fault := range append(Faults, None) {
		if parsed, err := ParseFault(string(fault)); err != nil || parsed != fault {
			t.Errorf("%q gave %q, %v", fault, parsed, err)
		}
	}
	if _, err := ParseFault("drops"); err == nil {
		t.Error("an unknown name was taken")
	}
}
