package testee_test

import (
	"context"
	"testing"

	"streamtest/testee"
)

func TestConnectionsShareStreamsAndNotCursors(t *testing.T) {
	streams := make(chan *plain, 1)
	listener, result := listen(t, name, func(_ context.Context, scenario testee.Scenario) (*plain, error) {
		stream := newPlain(scenario)
		streams <- stream
		return stream, nil
	})
	first, second := connect(t, listener), connect(t, listener)
	first.must("make", members{"stream": "s1"})
	stream := <-streams
	onFirst := serving{first, result}.opened(stream, "c1")
	onSecond := serving{second, result}.opened(stream, "c1")
	read := first.start("next", members{"cursor": "c1"})
	second.start("next", members{"cursor": "c1"})
	<-onSecond.waits

	second.input.Close()
	<-onSecond.closed
	first.must("append", members{"stream": "s1", "batch": []any{members{"type": "A"}}})
	if answer := first.answer(read); answer["ok"] == nil {
		t.Errorf("the next of the other connection gives %v", answer)
	}

	listener.Close()
	if err := <-result; err != nil {
		t.Errorf("it ends with %v", err)
	}
	<-onFirst.closed
	<-first.ended
}

func TestAConnectionThatSaysNonsenseIsClosedAlone(t *testing.T) {
	listener, _ := listen(t, name, makePlain)
	first, second := connect(t, listener), connect(t, listener)
	second.send("GET / HTTP/1.1\n")
	<-second.ended
	first.must("ping", nil)
	connect(t, listener).must("ping", nil)
}

func TestAHelloThatCantBeSaidIsToldBeforeAnybodyConnects(t *testing.T) {
	_, result := listen(t, testee.Hello{}, makePlain)
	if err := <-result; err == nil {
		t.Error("it listens")
	}
}
