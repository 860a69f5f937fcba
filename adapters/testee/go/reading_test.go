package testee_test

import (
	"fmt"
	"testing"

	"streamtest/testee"
)

func (s serving) endsAs(kind testee.Kind, read int) {
	s.t.Helper()
	if answer := s.answer(read); answer["error"] != string(kind) {
		s.t.Errorf("the next that waited gives %v, not %s", answer, kind)
	}
}

func TestCancellingEndsOneNext(t *testing.T) {
	s, stream := made(t)
	first, second := s.opened(stream, "c1"), s.opened(stream, "c2")
	cancelled := s.start("next", members{"cursor": "c1"})
	other := s.start("next", members{"cursor": "c2"})
	<-first.waits
	<-second.waits
	s.must("cancel", members{"request": cancelled})
	s.endsAs(testee.ErrCancelled, cancelled)
	s.must("append", members{"stream": "s1", "batch": []any{members{"type": "A"}}})
	if answer := s.answer(other); answer["ok"] == nil {
		t.Errorf("the other next gives %v", answer)
	}
	s.must("next", members{"cursor": "c1"}) // the cursor stays usable
}

func TestACancelRightBehindItsNextFindsIt(t *testing.T) {
	s, stream := made(t)
	s.opened(stream, "c1")
	for round := 0; round < 200; round++ {
		read := s.last + 1
		s.last += 2
		s.send(fmt.Sprintf("{\"id\": %d, \"do\": \"next\", \"cursor\": \"c1\"}\n{\"id\": %d, \"do\": \"cancel\", \"request\": %d}\n",
			read, read+1, read))
		s.answer(read + 1)
		s.endsAs(testee.ErrCancelled, read)
	}
}

func TestACancelThatIsLateOrKnowsNothingIsAnswered(t *testing.T) {
	s, stream := made(t)
	s.opened(stream, "c1")
	s.must("append", members{"stream": "s1", "batch": []any{members{"type": "A"}}})
	read := s.start("next", members{"cursor": "c1"})
	s.answer(read)
	s.must("cancel", members{"request": read})
	s.must("cancel", members{"request": 4711})
}

func TestANextThatWasCancelledFromTheBeginning(t *testing.T) {
	s, stream := made(t)
	s.opened(stream, "c1")
	s.refused(testee.ErrCancelled, "next", members{"cursor": "c1", "cancelled": true})
}

func TestCloseWhileNextWaits(t *testing.T) {
	s, stream := made(t)
	cursor := s.opened(stream, "c1")
	read := s.start("next", members{"cursor": "c1"})
	<-cursor.waits
	s.must("close", members{"cursor": "c1"})
	s.endsAs(testee.ErrCursorClosed, read)
	s.refused(testee.ErrCursorClosed, "close", members{"cursor": "c1"})
	s.must("destroy", members{"cursor": "c1"})
	s.refused(testee.ErrInvalidArgument, "next", members{"cursor": "c1"})
}

func TestDestroyClosesACursorThatIsOpen(t *testing.T) {
	s, stream := made(t)
	cursor := s.opened(stream, "c1")
	s.must("destroy", members{"cursor": "c1"})
	<-cursor.closed
}

func TestASecondNextOfACursorIsRefused(t *testing.T) {
	s, stream := made(t)
	cursor := s.opened(stream, "c1")
	read := s.start("next", members{"cursor": "c1"})
	<-cursor.waits
	s.refused(testee.ErrBusy, "next", members{"cursor": "c1"})
	s.must("close", members{"cursor": "c1"})
	s.endsAs(testee.ErrCursorClosed, read)
}

func TestAThousandReadsWaitAtOnce(t *testing.T) {
	s, stream := made(t)
	reads := map[int]*plainCursor{}
	for index := 0; index < 1000; index++ {
		name := fmt.Sprintf("c%d", index)
		cursor := s.opened(stream, name)
		reads[s.start("next", members{"cursor": name})] = cursor
	}
	for _, cursor := range reads {
		<-cursor.waits
	}
	s.must("append", members{"stream": "s1", "batch": []any{members{"type": "A"}}})
	for read := range reads {
		if answer := s.answer(read); answer["ok"] == nil {
			t.Fatalf("a next gives %v", answer)
		}
	}
}
