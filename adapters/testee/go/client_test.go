package testee_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"sync"
	"testing"

	"streamtest/testee"
)

// client asks a testee, as the kit does.
type client struct {
	t     *testing.T
	input io.WriteCloser
	hello map[string]any
	// ended is closed when the testee has closed its output.
	ended chan struct{}

	mutex   sync.Mutex
	last    int
	answers map[int]chan map[string]any
}

func newClient(t *testing.T, input io.WriteCloser, output io.Reader) *client {
	t.Helper()
	c := &client{t: t, input: input, ended: make(chan struct{}), answers: map[int]chan map[string]any{}}
	lines := bufio.NewScanner(output)
	if !lines.Scan() {
		t.Fatalf("there is no hello: %v", lines.Err())
	}
	if err := json.Unmarshal(lines.Bytes(), &c.hello); err != nil {
		t.Fatalf("the hello is no JSON: %v", err)
	}
	go func() {
		defer close(c.ended)
		for lines.Scan() {
			var answer map[string]any
			if err := json.Unmarshal(lines.Bytes(), &answer); err != nil {
				t.Errorf("an answer is no JSON: %v", err)
				return
			}
			id, _ := answer["id"].(float64)
			delete(answer, "id")
			c.pending(int(id)) <- answer // which holds one: a second answer to a request would hang here
		}
	}()
	return c
}

func (c *client) pending(id int) chan map[string]any {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.answers[id] == nil {
		c.answers[id] = make(chan map[string]any, 1)
	}
	return c.answers[id]
}

// members are those of a request.
type members map[string]any

// start sends a request and gives its id.
func (c *client) start(do string, more members) int {
	c.t.Helper()
	c.mutex.Lock()
	c.last++
	id := c.last
	c.mutex.Unlock()
	request := members{"id": id, "do": do}
	for name, value := range more {
		request[name] = value
	}
	line, err := json.Marshal(request)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(string(line) + "\n")
	return id
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.input, text); err != nil {
		c.t.Fatalf("the testee reads no more: %v", err)
	}
}

// answer waits for the answer to a request, without its id.
func (c *client) answer(id int) map[string]any {
	c.t.Helper()
	select {
	case answer := <-c.pending(id):
		return answer
	case <-c.ended:
		c.t.Fatalf("the testee ended without an answer to %d", id)
		return nil
	}
}

func (c *client) call(do string, more members) map[string]any {
	c.t.Helper()
	return c.answer(c.start(do, more))
}

// must call what can't fail, and gives its result.
func (c *client) must(do string, more members) any {
	c.t.Helper()
	answer := c.call(do, more)
	result, done := answer["ok"]
	if !done {
		c.t.Fatalf("%s: %v", do, answer)
	}
	return result
}

// refused calls what must be refused in one way.
func (c *client) refused(kind testee.Kind, do string, more members) {
	c.t.Helper()
	if answer := c.call(do, more); answer["error"] != string(kind) {
		c.t.Errorf("%s %v gives %v, not %s", do, more, answer, kind)
	}
}

// serving is a client of a testee in this process, and how it ended.
type serving struct {
	*client
	result chan error
}

func serve[S testee.Stream](t *testing.T, hello testee.Hello, newStream newStream[S]) serving {
	t.Helper()
	requests, input := io.Pipe()
	output, answers := io.Pipe()
	result := make(chan error, 1)
	go func() {
		result <- testee.Serve(hello, newStream, requests, answers)
		requests.CloseWithError(io.ErrClosedPipe)
		answers.Close()
	}()
	s := serving{newClient(t, input, output), result}
	t.Cleanup(func() { input.Close() })
	return s
}

// listen gives a testee's address, and how it ends.
func listen[S testee.Stream](t *testing.T, hello testee.Hello, newStream newStream[S]) (net.Listener, chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() { result <- testee.Listen(hello, newStream, listener) }()
	t.Cleanup(func() { listener.Close() })
	return listener, result
}

func connect(t *testing.T, listener net.Listener) *client {
	t.Helper()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	return newClient(t, connection, connection)
}
