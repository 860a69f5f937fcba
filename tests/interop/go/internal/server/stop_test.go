package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc/codes"
)

func TestStopBreaksEveryCall(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"}, "a")
	reader := f.open(0, "a")
	reader.mustRead(0)
	f.server.Stop()
	if _, err := reader.stream.Recv(); grpcCode(err) != codes.Unavailable {
		t.Errorf("next gave %v, expected UNAVAILABLE", err)
	}
}

func TestDrainLetsCallsGoOn(t *testing.T) {
	f := start(t, Options{})
	f.resetTo([]string{"a"}, "a")
	reader := f.open(0, "a")
	reader.mustRead(0)
	drained := make(chan struct{})
	go func() {
		f.server.Drain()
		close(drained)
	}()
	// A call that is refused shows that draining has begun.
	for refused := false; !refused; {
		_, err := f.api.EventTypes(t.Context(), &eventstreamspec.EventTypesRequest{ApplicationKey: key})
		refused = grpcCode(err) == codes.Unavailable
	}
	if _, err := f.api.Consume(t.Context(), request(1, types("a"))); grpcCode(err) != codes.Unavailable {
		t.Errorf("a new Consume gave %v, expected UNAVAILABLE", err)
	}
	if _, err := f.server.applications[key].stream.Append(envelopes("a")); err != nil {
		t.Fatal(err)
	}
	reader.mustRead(1)
	select {
	case <-drained:
		t.Error("drain returned though a call is under way")
	default:
	}
	reader.cancel()
	<-drained
}

func TestAJournalOutlivesTheServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	f := start(t, Options{Journal: path})
	f.resetTo([]string{"a", "b"}, "a", "b", "a")
	f.append("b")
	f.truncate(1)
	f.server.Stop()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// What was being written when the process was killed is dropped.
	torn := append([]byte{0xff, 0x7f}, make([]byte, 10_000)...)
	if err := os.WriteFile(path, append(whole, torn...), 0o600); err != nil {
		t.Fatal(err)
	}
	for end := uint64(4); end < 6; end++ {
		again := start(t, Options{Journal: path})
		again.open(0, "a").mustFail(codes.Unknown, "can not open cursor, stream is truncated")
		again.open(1, "a", "b").mustRead(1, 2, 3)
		if offsets := again.append("a"); offsets[0] != end {
			t.Errorf("the next event is at %d, expected %d", offsets[0], end)
		}
		again.server.Stop()
	}
}

func TestAJournalThatIsNoneIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, []byte("\x03abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{Journal: path}); err == nil {
		t.Error("it was taken, expected an error")
	}
}
