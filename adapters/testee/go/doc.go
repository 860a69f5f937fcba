// Package testee makes an event stream that is written in Go a testee of streamtest, the conformance kit for event
// streams: a program beside the stream that the kit starts or connects to, and asks by lines of JSON.
//
// An author writes a type that satisfies Stream, one for its cursors that satisfies Cursor, and a function that makes a
// fresh and empty stream. What else the stream can do is told by the optional interfaces that its type satisfies, such
// as Truncater or Twinner; there is no other list of hooks to keep. All of it goes to Main:
//
//	func main() {
//		testee.Main(testee.Hello{
//			Name:         "mystream 2.3",
//			Capabilities: testee.Capabilities{Truncation: testee.Strict},
//		}, newStream)
//	}
//
//	func newStream(ctx context.Context, scenario testee.Scenario) (*stream, error) { … }
//
// The program is certified by its command, or started with -listen and certified by its address:
//
//	streamtest certify exec:./mytestee
//	sleep infinity | ./mytestee -listen 127.0.0.1:4711 &
//	streamtest certify tcp:127.0.0.1:4711
//
// It listens until its standard input ends, which a program in the background doesn't have: hence the sleep. Left in a
// terminal of its own it needs none.
//
// A testee translates, it does not add: if the stream lacks something, say so in the Hello instead of making up for it.
// The package adds nothing either. It checks no filter, remembers no close and retries nothing.
//
// # Errors
//
// A refusal is told by an error that wraps a Kind, such as ErrTruncated; an error that wraps context.Canceled counts as
// ErrCancelled, and every other one as ErrBackendFailure. The texts of errors are shown to people and decide nothing. A
// panic in a call of the stream is answered as ErrBackendFailure, and its stack is written to standard error.
//
// # Concurrency and contexts
//
// Each request runs in a goroutine of its own, so a stream and its cursors are called by several at once. Of one cursor
// only one Next is under way at a time; Close comes while it is, perhaps several times at once. The context of a call is
// done when the kit cancels that call, when the connection ends, and once the call has returned: what lives longer than
// the call, such as the cursor that an Open returns, must not depend on it.
//
// The protocol itself is in the project's docs/testee-protocol.md.
package testee
