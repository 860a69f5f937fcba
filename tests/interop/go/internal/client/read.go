package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
	"sync"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Reading says what is to be read.
type Reading struct {
	Application string
	// Types are the portable names.
	Types []string
	// MediaTypes are what is wanted for each type, the best first; "{type}" in them stands for the type's name. Nil
	// means what the server's EventTypes says, and for a type that it doesn't know, application/json.
	MediaTypes []string
	// Offset is where to begin; nil leaves it to the server.
	Offset *uint64
	// Count is how many events each cursor reads; with 0 it reads until it fails.
	Count uint64
	// Cursors is how many calls of Consume there are at the same time, on one connection.
	Cursors int
}

// Summary is what several cursors have come to.
type Summary struct {
	Cursors int `json:"cursors"`
	// Complete is how many of them read as many events as they should, each behind the one before.
	Complete int `json:"complete"`
	// Sequences is how many different sequences of events they read, equal to the last byte; it ought to be 1.
	Sequences int    `json:"sequences"`
	Events    uint64 `json:"events"` // of all cursors
	First     uint64 `json:"first_offset"`
	Last      uint64 `json:"last_offset"`
	SHA256    string `json:"sha256"` // of what the first cursor read
}

// cursor is one call of Consume and what it has read.
type cursor struct {
	events      uint64
	first, last uint64
	digest      hash.Hash
	complete    bool
	see         func(Event) error // nil: nobody looks
}

// Read reads, and hands each event that the first cursor is given to see, in the goroutine of that cursor. As soon as
// one cursor fails all are ended, and the error is that of the first one that did; failed is its number. The summary
// counts what was read until then.
func Read(
	ctx context.Context, connection grpc.ClientConnInterface, reading Reading, see func(Event) error,
) (summary Summary, failed int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api := eventstreamspec.NewStreamAPIClient(connection)
	request, err := reading.request(ctx, api)
	if err != nil {
		return Summary{}, 0, err
	}
	cursors := make([]cursor, reading.Cursors)
	var group sync.WaitGroup
	var once sync.Once
	for i := range cursors {
		cursors[i].digest = sha256.New()
		if i == 0 {
			cursors[i].see = see
		}
		group.Go(func() {
			if failure := cursors[i].read(ctx, api, request, reading.Count); failure != nil {
				once.Do(func() { failed, err = i, failure })
				cancel()
			}
		})
	}
	group.Wait()
	return summarize(cursors), failed, err
}

func (c *cursor) read(
	ctx context.Context, api eventstreamspec.StreamAPIClient, request *eventstreamspec.ConsumeRequest, count uint64,
) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := api.Consume(ctx, request)
	if err != nil {
		return err
	}
	for count == 0 || c.events < count {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		if err := c.take(response); err != nil {
			return err
		}
	}
	c.complete = true
	return nil
}

func (c *cursor) take(response *eventstreamspec.ConsumeResponse) error {
	offset := response.GetOffset()
	if c.events > 0 && offset <= c.last {
		return fmt.Errorf("the event at %d came behind the one at %d", offset, c.last)
	}
	if c.events == 0 {
		c.first = offset
	}
	c.last = offset
	c.events++
	bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(response)
	if err != nil {
		return err
	}
	c.digest.Write(bytes)
	if c.see == nil {
		return nil
	}
	return c.see(Event{Offset: offset, Envelope: newEnvelope(response.GetEnvelope())})
}

func summarize(cursors []cursor) Summary {
	summary := Summary{Cursors: len(cursors)}
	sequences := map[string]bool{}
	for i := range cursors {
		if cursors[i].complete {
			summary.Complete++
		}
		summary.Events += cursors[i].events
		sum := hex.EncodeToString(cursors[i].digest.Sum(nil))
		sequences[sum] = true
		if i == 0 {
			summary.First, summary.Last, summary.SHA256 = cursors[i].first, cursors[i].last, sum
		}
	}
	summary.Sequences = len(sequences)
	return summary
}

func (r Reading) request(
	ctx context.Context, api eventstreamspec.StreamAPIClient,
) (*eventstreamspec.ConsumeRequest, error) {
	offered := map[string][]string{}
	if r.MediaTypes == nil {
		response, err := api.EventTypes(ctx, &eventstreamspec.EventTypesRequest{ApplicationKey: r.Application})
		if err != nil {
			return nil, err
		}
		for _, each := range response.GetEventTypes() {
			offered[each.GetPortableName()] = each.GetMediaTypes()
		}
	}
	request := &eventstreamspec.ConsumeRequest{ApplicationKey: r.Application}
	for _, name := range r.Types {
		wanted := r.MediaTypes
		if wanted == nil {
			wanted = offered[name]
		}
		if r.MediaTypes == nil && len(wanted) == 0 {
			wanted = []string{`application/json; type="{type}"`}
		}
		request.EventTypes = append(request.EventTypes, eventType(name, wanted))
	}
	if r.Offset != nil {
		request.StartPoint = &eventstreamspec.ConsumeRequest_Offset{Offset: *r.Offset}
	}
	return request, nil
}

// eventType puts the name in the place of "{type}".
func eventType(name string, mediaTypes []string) *eventstreamspec.EventType {
	made := &eventstreamspec.EventType{PortableName: name}
	for _, each := range mediaTypes {
		made.MediaTypes = append(made.MediaTypes, strings.ReplaceAll(each, "{type}", name))
	}
	return made
}
