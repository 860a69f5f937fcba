package testee

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// longestLine is what the protocol allows.
const longestLine = 64 << 20

// session is one connection: its cursors, and the reads that can be cancelled.
type session struct {
	registry *registry

	writing sync.Mutex
	output  io.Writer

	// ctx is done at the session's end.
	ctx context.Context
	end context.CancelFunc

	mutex   sync.Mutex
	cursors map[string]*openCursor // nil when the session has ended
	reads   map[uint64]context.CancelFunc
}

type openCursor struct {
	cursor  Cursor
	reading atomic.Bool
}

func (o *openCursor) destroy() error {
	if destroyer, able := o.cursor.(Destroyer); able {
		destroyer.Destroy()
		return nil
	}
	_ = o.cursor.Close() // which gives an error if it was closed before
	return nil
}

func newSession(registry *registry, output io.Writer) *session {
	ctx, end := context.WithCancel(context.Background())
	return &session{
		registry: registry,
		output:   output,
		ctx:      ctx,
		end:      end,
		cursors:  map[string]*openCursor{},
		reads:    map[uint64]context.CancelFunc{},
	}
}

// serve says hello and answers requests until the input ends or isn't one, and then destroys the cursors that are left.
// It waits for no request that is still under way.
func (s *session) serve(hello greeting, input io.Reader) error {
	defer s.destroyAll()
	if err := s.write(hello); err != nil {
		return fmt.Errorf("saying hello: %w", err)
	}
	lines := bufio.NewScanner(input)
	lines.Buffer(make([]byte, 0, 4096), longestLine)
	for lines.Scan() {
		asked, err := parse(lines.Bytes())
		if err != nil {
			return fmt.Errorf("a line that is no request: %w: %.200q", err, lines.Bytes())
		}
		s.start(asked)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading requests: %w", err)
	}
	return nil
}

// start runs a request in a goroutine of its own, because any may wait.
func (s *session) start(asked request) {
	ctx, cancel := context.WithCancel(s.ctx)
	if asked.Cancelled {
		cancel()
	}
	if asked.Do == "next" { // registered here, so that a cancel right behind it finds it
		s.mutex.Lock()
		s.reads[asked.id] = cancel
		s.mutex.Unlock()
	}
	go func() {
		answer := s.answer(ctx, asked)
		cancel()
		s.mutex.Lock()
		delete(s.reads, asked.id)
		s.mutex.Unlock()
		// If nobody is there to be answered any more, the input has ended or will.
		_ = s.write(answer)
	}()
}

func (s *session) answer(ctx context.Context, asked request) any {
	var result any
	err := asked.malformed
	if err == nil {
		err = guarded(func() (err error) {
			result, err = s.do(ctx, asked)
			return err
		})
	}
	if err != nil {
		return failure{ID: asked.id, Error: kindOf(err), Text: err.Error()}
	}
	return success{ID: asked.id, OK: result}
}

func (s *session) write(message any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line) // ends it with a line break
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(message); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := s.output.Write(line.Bytes())
	return err
}

// open holds a cursor under its name. At the session's end one that comes too late goes at once.
func (s *session) open(name string, cursor Cursor) error {
	opened := &openCursor{cursor: cursor}
	s.mutex.Lock()
	_, taken := s.cursors[name]
	ended := s.cursors == nil
	if !taken && !ended {
		s.cursors[name] = opened
	}
	s.mutex.Unlock()
	if !taken && !ended {
		return nil
	}
	_ = opened.destroy()
	return fmt.Errorf("%w: there is a cursor %q already, or the connection has ended", ErrInvalidArgument, name)
}

func (s *session) find(name string) (*openCursor, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if open, found := s.cursors[name]; found {
		return open, nil
	}
	return nil, fmt.Errorf("%w: there is no cursor %q", ErrInvalidArgument, name)
}

func (s *session) destroy(name string) error {
	s.mutex.Lock()
	open, found := s.cursors[name]
	delete(s.cursors, name)
	s.mutex.Unlock()
	if !found {
		return fmt.Errorf("%w: there is no cursor %q", ErrInvalidArgument, name)
	}
	return open.destroy()
}

func (s *session) destroyAll() {
	s.end()
	s.mutex.Lock()
	left := make([]*openCursor, 0, len(s.cursors))
	for _, open := range s.cursors {
		left = append(left, open)
	}
	s.cursors = nil
	s.mutex.Unlock()
	atOnce(left, (*openCursor).destroy)
}

func (s *session) cancel(request uint64) {
	s.mutex.Lock()
	cancel := s.reads[request]
	s.mutex.Unlock()
	if cancel != nil { // else it has been answered
		cancel()
	}
}

// guarded turns a panic into an error, so that it costs one answer and not the testee.
func guarded(call func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			fmt.Fprintf(os.Stderr, "testee: panic: %v\n%s", reason, debug.Stack())
			err = fmt.Errorf("%w: panic: %v", ErrBackendFailure, reason)
		}
	}()
	return call()
}
