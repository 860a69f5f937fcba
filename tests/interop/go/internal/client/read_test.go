package client_test

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"streamtest/peer/internal/client"
)

// scripted serves each call of Consume as a script says; the calls are counted from 0.
type scripted struct {
	eventstreamspec.UnimplementedStreamAPIServer
	calls  atomic.Int64
	script func(call int64, out eventstreamspec.StreamAPI_ConsumeServer) error
}

func (s *scripted) Consume(_ *eventstreamspec.ConsumeRequest, out eventstreamspec.StreamAPI_ConsumeServer) error {
	return s.script(s.calls.Add(1)-1, out)
}

type script func(call int64, out eventstreamspec.StreamAPI_ConsumeServer) error

// read reads two events with each of that many cursors.
func (s script) read(t *testing.T, cursors int) (client.Summary, *client.Failure) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	eventstreamspec.RegisterStreamAPIServer(server, &scripted{script: s})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("passthrough:///"+listener.Addr().String(),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	reading := client.Reading{Types: []string{"a"}, MediaTypes: []string{"m"}, Count: 2, Cursors: cursors}
	summary, _, err := client.Read(t.Context(), connection, reading, func(client.Event) error { return nil })
	if err == nil {
		return summary, nil
	}
	return summary, client.NewFailure(err)
}

func send(out eventstreamspec.StreamAPI_ConsumeServer, offset uint64, data string) error {
	return out.Send(&eventstreamspec.ConsumeResponse{
		Offset:   offset,
		Envelope: &envelopespec.Envelope{Data: []byte(data)},
	})
}

func TestSequencesThatDifferAreCounted(t *testing.T) {
	summary, failure := script(func(call int64, out eventstreamspec.StreamAPI_ConsumeServer) error {
		data := "same"
		if call == 2 {
			data = "other"
		}
		_ = send(out, 3, data)
		_ = send(out, 7, data)
		<-out.Context().Done()
		return nil
	}).read(t, 5)
	if failure != nil || summary.Complete != 5 || summary.Sequences != 2 || summary.Events != 10 || summary.First != 3 ||
		summary.Last != 7 {
		t.Errorf("got %+v, %+v; expected two sequences of the events at 3 and 7", summary, failure)
	}
}

func TestTheFirstFailureEndsAll(t *testing.T) {
	summary, failure := script(func(call int64, out eventstreamspec.StreamAPI_ConsumeServer) error {
		if call == 3 {
			return status.Error(codes.NotFound, "none")
		}
		<-out.Context().Done()
		return nil
	}).read(t, 5)
	if failure == nil || failure.Code != "NOT_FOUND" || failure.Message != "none" || summary.Complete != 0 {
		t.Errorf("got %+v, %+v; expected NOT_FOUND and nothing complete", summary, failure)
	}
}

func TestOffsetsMustIncrease(t *testing.T) {
	for _, second := range []uint64{4, 5} {
		_, failure := script(func(_ int64, out eventstreamspec.StreamAPI_ConsumeServer) error {
			_ = send(out, 5, "")
			return send(out, second, "")
		}).read(t, 1)
		if failure == nil || failure.Code != "CLIENT" || failure.Number != -1 {
			t.Errorf("got %+v, expected CLIENT", failure)
		}
	}
}

func TestAnEndIsNoEvent(t *testing.T) {
	_, failure := script(func(_ int64, out eventstreamspec.StreamAPI_ConsumeServer) error {
		return send(out, 5, "")
	}).read(t, 1)
	if failure == nil || failure.Code != "OK" || failure.Number != 0 {
		t.Errorf("got %+v, expected OK", failure)
	}
}
