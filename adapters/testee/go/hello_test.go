package testee_test

import (
	"context"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"streamtest/testee"
)

// newStream makes the streams of a testee.
type newStream[S testee.Stream] func(context.Context, testee.Scenario) (S, error)

func makeAble(_ context.Context, scenario testee.Scenario) (*able, error) {
	return &able{newPlain(scenario), make(chan string, 16), make(chan string, 1)}, nil
}

var name = testee.Hello{Name: "scripted"}

var truncating = testee.Hello{Name: "scripted", Capabilities: testee.Capabilities{Truncation: testee.Strict}}

func texts(values ...string) []any {
	list := []any{}
	for _, each := range values {
		list = append(list, each)
	}
	return list
}

func TestHelloOfTheCoreAlone(t *testing.T) {
	hello := serve(t, name, makePlain).hello
	want := map[string]any{
		"testee": 1.0, "name": "scripted", "capabilities": map[string]any{}, "lacks": texts("application", "event_types"),
	}
	if !reflect.DeepEqual(hello, want) {
		t.Errorf("the hello is %v, not %v", hello, want)
	}
}

func TestHelloDeclaresWhatTheTypeSatisfies(t *testing.T) {
	hello := serve(t, testee.Hello{
		Name:         "scripted",
		Capabilities: testee.Capabilities{Truncation: testee.HeldEvents(7), Staleness: 1500 * time.Microsecond, MaxCursors: 3},
		Lacks:        []testee.Means{testee.Cancelling},
		EventTypes:   []string{"A", "B", "C"},
		Identity:     testee.UUIDKeys,
		Boundaries:   []uint64{500},
		Variants:     []string{"small"},
	}, makeAble).hello
	want := map[string]any{
		"testee": 1.0, "name": "scripted", "lacks": texts("cancelling"), "event_types": texts("A", "B", "C"),
		"identity": "uuid", "boundaries": []any{500.0}, "variants": texts("small"),
		"hooks": texts("truncate", "reopen", "append_expecting", "fail_next_append", "fill", "twin", "settle"),
		"capabilities": map[string]any{
			"truncation": "held(7)", "staleness": 2.0, "max_cursors": 3.0, "conditional_append": true, "twin": true,
		},
	}
	if !reflect.DeepEqual(hello, want) {
		t.Errorf("the hello is %v, not %v", hello, want)
	}
}

// cutting is an interface, of which there is no value before a stream is made.
type cutting interface {
	testee.Stream
	testee.Truncater
}

func TestHelloOfAnInterfaceDeclaresItsMethods(t *testing.T) {
	hello := serve(t, truncating, func(ctx context.Context, scenario testee.Scenario) (cutting, error) {
		return makeAble(ctx, scenario)
	}).hello
	if want := texts("truncate"); !reflect.DeepEqual(hello["hooks"], want) {
		t.Errorf("the hooks are %v, not %v", hello["hooks"], want)
	}
}

func TestHelloThatCantBeSaid(t *testing.T) {
	for reason, err := range map[string]error{
		"needs a name":      testee.Serve(testee.Hello{}, makePlain, strings.NewReader(""), io.Discard),
		"is a Truncater":    testee.Serve(name, makeAble, strings.NewReader(""), io.Discard),
		"and no other does": testee.Serve(truncating, makePlain, strings.NewReader(""), io.Discard),
	} {
		if err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%v doesn't say %q", err, reason)
		}
	}
}
