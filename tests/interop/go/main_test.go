package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The test program is the peer itself if it is told so.
func TestMain(m *testing.M) {
	if os.Getenv("STREAMTEST_PEER") != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is a peer that serves.
type process struct {
	t       *testing.T
	command *exec.Cmd
	in      io.Closer
	out     *bufio.Reader
	address string
}

func serving(t *testing.T, arguments ...string) *process {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], append([]string{"serve"}, arguments...)...)
	command.Env = append(os.Environ(), "STREAMTEST_PEER=1")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	p := &process{t: t, command: command, in: in, out: bufio.NewReader(out)}
	line, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	p.address = strings.TrimSpace(line)
	return p
}

// mustEnd waits for the end of the process, which must be an orderly one.
func (p *process) mustEnd() {
	p.t.Helper()
	if rest, err := io.ReadAll(p.out); err != nil || len(rest) > 0 {
		p.t.Errorf("it also printed %q, %v; expected nothing but the address", rest, err)
	}
	if err := p.command.Wait(); err != nil {
		p.t.Errorf("it ended with %v, expected 0", err)
	}
}

// peer runs a command in this process and returns how it ended, what it printed, by line, and its complaints.
func peer(in string, arguments ...string) (status int, lines []string, complaints string) {
	var out, wrong bytes.Buffer
	status = run(arguments, strings.NewReader(in), &out, &wrong)
	if text := strings.TrimSuffix(out.String(), "\n"); text != "" {
		lines = strings.Split(text, "\n")
	}
	return status, lines, wrong.String()
}

func mustDo(t *testing.T, in string, arguments ...string) []string {
	t.Helper()
	status, lines, complaints := peer(in, arguments...)
	if status != exitDone {
		t.Fatalf("%v ended with %d: %v %s", arguments, status, lines, complaints)
	}
	return lines
}

// mustPrint holds that a line is that JSON.
func mustPrint(t *testing.T, line, expected string) {
	t.Helper()
	var seen, wanted any
	if err := json.Unmarshal([]byte(line), &seen); err != nil {
		t.Fatalf("%q is no JSON: %v", line, err)
	}
	if err := json.Unmarshal([]byte(expected), &wanted); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(seen, wanted) {
		t.Errorf("printed %s, expected %s", line, expected)
	}
}

func event(offset int, name, data string) string {
	return fmt.Sprintf(`{"offset":%d,"envelope":{"message_id":"m","causation_id":"c","correlation_id":"r",`+
		`"source_application":{"name":"n","key":"k"},"source_handler":{"name":"h","key":"i"},"source_instance_id":"j",`+
		`"created_at":"2026-01-02T03:04:05.000000006Z","scheduled_for":"","description":"<&>","portable_name":%q,`+
		`"media_type":"application/json; type=\"%s\"","data":%q}}`, offset, name, name, data)
}

const jsonOf = `application/json; type="{type}"`

func filled(t *testing.T, arguments ...string) (*process, []string) {
	t.Helper()
	p := serving(t, arguments...)
	to := []string{"--target", p.address, "--application", "k"}
	lines := mustDo(t, "", append([]string{"control", "reset", "--types", "a,b", "--media-type", jsonOf}, to...)...)
	if len(lines) != 1 || !strings.Contains(lines[0], "grpc-go") {
		t.Errorf("reset printed %v, expected what serves", lines)
	}
	lines = mustDo(t, event(9, "a", "AAH/")+"\n"+event(9, "b", "")+"\n\n"+event(9, "a", "Ag=="),
		append([]string{"control", "append"}, to...)...)
	mustPrint(t, lines[0], `{"offsets":[0,1,2]}`)
	return p, to
}

func TestReadsWhatWasAppended(t *testing.T) {
	_, to := filled(t)
	lines := mustDo(t, "", append([]string{"read", "--types", "a", "--type", "b", "--count", "3"}, to...)...)
	expected := []string{event(0, "a", "AAH/"), event(1, "b", ""), event(2, "a", "Ag==")}
	if !slices.Equal(lines, expected) {
		t.Errorf("printed %s, expected %s", lines, expected)
	}
	lines = mustDo(t, "", append([]string{"read", "--types", "a", "--offset", "1", "--count", "1"}, to...)...)
	if !slices.Equal(lines, expected[2:]) {
		t.Errorf("printed %s, expected %s", lines, expected[2:])
	}
	lines = mustDo(t, "", append([]string{"types"}, to...)...)
	mustPrint(t, lines[0], `{"event_types":[{"portable_name":"a","media_types":["application/json; type=\"a\""]},`+
		`{"portable_name":"b","media_types":["application/json; type=\"b\""]}]}`)
}

func TestAThousandCursors(t *testing.T) {
	_, to := filled(t)
	lines := mustDo(t, "", append([]string{"read", "--types", "a", "--count", "2", "--cursors", "1000"}, to...)...)
	if len(lines) != 3 {
		t.Fatalf("printed %v, expected two events and a summary", lines)
	}
	var printed struct {
		Summary struct {
			Cursors, Complete, Sequences, Events int
			First                                int `json:"first_offset"`
			Last                                 int `json:"last_offset"`
		}
	}
	if err := json.Unmarshal([]byte(lines[2]), &printed); err != nil {
		t.Fatal(err)
	}
	summary := printed.Summary
	if summary.Cursors != 1000 || summary.Complete != 1000 || summary.Sequences != 1 || summary.Events != 2000 ||
		summary.First != 0 || summary.Last != 2 {
		t.Errorf("printed %s", lines[2])
	}
}

func TestErrorsAreTold(t *testing.T) {
	p, to := filled(t)
	status, lines, _ := peer("", append([]string{"read", "--types", "a,x"}, to...)...)
	if status != exitFailure {
		t.Errorf("ended with %d, expected %d", status, exitFailure)
	}
	mustPrint(t, lines[0], `{"error":{"code":"INVALID_ARGUMENT","number":3,
		"message":"one or more unrecognized event types or media-types","details":[
		{"type":"dogma.interop.v1.eventstream.UnrecognizedEventType","fields":{"portable_name":"x"}}]}}`)
	mustDo(t, "", append([]string{"control", "truncate", "--first-offset", "2"}, to...)...)
	_, lines, _ = peer("", append([]string{"read", "--types", "a", "--cursors", "3"}, to...)...)
	if len(lines) != 2 || !strings.Contains(lines[0], `"complete":0`) || !strings.Contains(lines[1], `"cursor":`) ||
		!strings.Contains(lines[1], "can not open cursor, stream is truncated") {
		t.Errorf("printed %v, expected a summary of nothing and an error", lines)
	}
	_, lines, _ = peer("", "types", "--target", p.address, "--application", "")
	mustPrint(t, lines[0], `{"error":{"code":"INVALID_ARGUMENT","number":3,
		"message":"application key must not be empty","details":[]}}`)
	_, lines, _ = peer("", append([]string{"read", "--types", "a", "--offset", "2", "--media-type", ""}, to...)...)
	mustPrint(t, lines[0], `{"error":{"code":"UNKNOWN","number":2,"message":"mime: no media type","details":[]}}`)
	_, lines, _ = peer("", append([]string{"read", "--types", "a", "--offset", "2", "--no-media-types"}, to...)...)
	mustPrint(t, lines[0], `{"error":{"code":"INVALID_ARGUMENT","number":3,
		"message":"at least one media-type must be given for 'a' events","details":[]}}`)
	_, lines, _ = peer("", append([]string{"read", "--types", "a", "--offset", "9", "--timeout", "1ms"}, to...)...)
	if len(lines) != 1 || !strings.Contains(lines[0], "DEADLINE_EXCEEDED") {
		t.Errorf("printed %v, expected DEADLINE_EXCEEDED", lines)
	}
}

func TestWrongCallsAreRefused(t *testing.T) {
	for _, arguments := range [][]string{
		{}, {"control"}, {"control", "x"}, {"read"}, {"read", "--target", "127.0.0.1:1"}, {"read", "--offset", "-1"},
		{"read", "--target", "x", "--application", "k", "--cursors", "0"}, {"types", "rest"},
		{"serve", "--fault", "x"}, {"serve", "--listen", "nowhere"}, {"serve", "--journal", "/"},
		{"control", "truncate", "--target", "x", "--application", "k"},
	} {
		if status, lines, complaints := peer("", arguments...); status != exitUsage || lines != nil || complaints == "" {
			t.Errorf("%q ended with %d, printed %v and complained %q; expected %d and a complaint", arguments, status,
				lines, complaints, exitUsage)
		}
	}
	for _, line := range []string{"{", `{"offset":1}`, `{"envelope":{"message":1}}`} {
		status, _, complaints := peer(line, "control", "append", "--target", "127.0.0.1:1", "--application", "k")
		if status != exitUsage || !strings.Contains(complaints, "line 1") {
			t.Errorf("appending %q ended with %d and complained %q", line, status, complaints)
		}
	}
}

func TestServeEndsWithItsInput(t *testing.T) {
	p, _ := filled(t)
	if err := p.in.Close(); err != nil {
		t.Fatal(err)
	}
	p.mustEnd()
}

func TestServeEndsBySignals(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p, _ := filled(t)
		if err := p.command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		p.mustEnd()
	}
}

func TestASecondInterruptEndsWhatIsUnderWay(t *testing.T) {
	p, to := filled(t)
	printed, printer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(append([]string{"read", "--types", "a"}, to...), nil, printer, io.Discard)
		_ = printer.Close()
	}()
	lines := bufio.NewScanner(printed)
	for range 2 {
		if !lines.Scan() {
			t.Fatal("an event is missing")
		}
	}
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for refused := false; !refused; {
		_, lines, _ := peer("", append([]string{"types"}, to...)...)
		refused = strings.Contains(lines[0], "UNAVAILABLE")
	}
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), "UNAVAILABLE") {
		t.Errorf("printed %s, expected UNAVAILABLE", lines.Text())
	}
	if status := <-ended; status != exitFailure {
		t.Errorf("ended with %d, expected %d", status, exitFailure)
	}
	p.mustEnd()
}

func TestAServerThatWasKilledGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	p, _ := filled(t, "--journal", path)
	if err := p.command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.command.Wait()
	again := serving(t, "--journal", path, "--listen", p.address)
	if again.address != p.address {
		t.Errorf("it listens on %s, expected %s", again.address, p.address)
	}
	lines := mustDo(t, "", "read", "--target", p.address, "--application", "k", "--types", "b", "--count", "1")
	if !slices.Equal(lines, []string{event(1, "b", "")}) {
		t.Errorf("printed %v, expected what was appended before", lines)
	}
}
