package server

import (
	"slices"
	"strings"
	"sync"

	"github.com/dogmatiq/interopspec/eventstreamspec"

	"streamtest/peer/internal/stream"
)

// application is what is served under one key, from one Reset to the next.
type application struct {
	key    string
	types  []*eventstreamspec.EventType
	stream *stream.Stream
	// turn is held while an answer is sent, if there is one at a time.
	turn chan struct{}

	mutex sync.Mutex
	cut   []cutConsume
}

func newApplication(key string, types []*eventstreamspec.EventType, first, limit uint64) *application {
	return &application{
		key:    key,
		types:  types,
		stream: stream.New(first, limit),
		turn:   make(chan struct{}, 1),
	}
}

// knows tells whether events of that type may be on the stream.
func (a *application) knows(portableName string) bool {
	return slices.ContainsFunc(a.types, func(known *eventstreamspec.EventType) bool {
		return known.GetPortableName() == portableName
	})
}

// filter is what a Consume wants: the media types by the name of the event type. If a type is named twice the last
// list counts.
type filter map[string][]string

func newFilter(types []*eventstreamspec.EventType) filter {
	wanted := filter{}
	for _, each := range types {
		wanted[each.GetPortableName()] = each.GetMediaTypes()
	}
	return wanted
}

func (f filter) wants(portableName string) bool {
	_, ok := f[portableName]
	return ok
}

// String is the same for filters of the same types.
func (f filter) String() string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, "\x00")
}

// cutConsume is a Consume whose connection broke. Whoever reads on asks for one of the offsets from opened to next, as
// it can't have been given more.
type cutConsume struct {
	filter       string
	opened, next uint64
}

// maximumCut bounds what is remembered.
const maximumCut = 10_000

func (a *application) remember(consume cutConsume) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if len(a.cut) == maximumCut {
		a.cut = slices.Delete(a.cut, 0, 1)
	}
	a.cut = append(a.cut, consume)
}

// resumes tells whether a Consume takes up one that was cut. It can't know; another Consume with the same types that
// begins in the same place is taken for one too.
func (a *application) resumes(filter string, offset uint64) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return slices.ContainsFunc(a.cut, func(each cutConsume) bool {
		return each.filter == filter && each.opened <= offset && offset <= each.next
	})
}
