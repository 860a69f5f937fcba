package testee

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// request is a request with the members of all kinds of requests.
type request struct {
	Do        string     `json:"do"`
	Stream    string     `json:"stream"`
	Of        string     `json:"of"`
	Cursor    string     `json:"cursor"`
	Request   uint64     `json:"request"`
	Cancelled bool       `json:"cancelled"`
	Offset    uint64     `json:"offset"`
	Types     []string   `json:"types"`
	Batch     []envelope `json:"batch"`
	Expected  *uint64    `json:"expected"`
	First     uint64     `json:"first"`
	Type      string     `json:"type"`
	Count     uint64     `json:"count"`

	Application Identity `json:"application"`
	EventTypes  []string `json:"event_types"`
	UniqueName  string   `json:"unique_name"`
	Variant     string   `json:"variant"`

	RawID json.RawMessage `json:"id"`
	// id is the number in it.
	id uint64
	// malformed is what is wrong with it, if it can at least be answered.
	malformed error
}

// parse reads a request. It fails if the line is none that could be answered.
func parse(line []byte) (request, error) {
	var asked request
	err := json.Unmarshal(line, &asked)
	id, noID := strconv.ParseUint(string(asked.RawID), 10, 64)
	if noID != nil {
		if err == nil {
			err = errors.New("it has no id that is a number")
		}
		return request{}, err
	}
	asked.id = id
	if err != nil { // a member of the wrong type; the others are read all the same
		asked.malformed = fmt.Errorf("%w: %v", ErrInvalidArgument, err)
	}
	return asked, nil
}

func (asked request) scenario() Scenario {
	return Scenario{
		Application: asked.Application,
		EventTypes:  asked.EventTypes,
		UniqueName:  asked.UniqueName,
		Variant:     asked.Variant,
	}
}

func (asked request) batch() []Envelope {
	batch := make([]Envelope, 0, len(asked.Batch))
	for _, each := range asked.Batch {
		batch = append(batch, each.content())
	}
	return batch
}

// success and failure are the two forms of an answer.
type success struct {
	ID uint64 `json:"id"`
	OK any    `json:"ok"`
}

type failure struct {
	ID    uint64 `json:"id"`
	Error Kind   `json:"error"`
	Text  string `json:"text,omitempty"`
}

// envelope is an Envelope on the wire.
type envelope struct {
	Type              string    `json:"type"`
	SourceApplication *Identity `json:"source_application,omitempty"`
	MessageID         string    `json:"message_id,omitempty"`
	CausationID       string    `json:"causation_id,omitempty"`
	CorrelationID     string    `json:"correlation_id,omitempty"`
	SourceHandler     *Identity `json:"source_handler,omitempty"`
	SourceInstanceID  string    `json:"source_instance_id,omitempty"`
	CreatedAt         *int64    `json:"created_at,omitempty"`
	MediaType         string    `json:"media_type,omitempty"`
	Data              []byte    `json:"data,omitempty"`
}

type event struct {
	Offset   uint64   `json:"offset"`
	Envelope envelope `json:"envelope"`
}

func wireEnvelope(content Envelope) envelope {
	each := envelope{
		Type:             content.Type,
		MessageID:        content.MessageID,
		CausationID:      content.CausationID,
		CorrelationID:    content.CorrelationID,
		SourceInstanceID: content.SourceInstanceID,
		MediaType:        content.MediaType,
		Data:             content.Data,
	}
	if content.SourceApplication != (Identity{}) {
		each.SourceApplication = &content.SourceApplication
	}
	if content.SourceHandler != (Identity{}) {
		each.SourceHandler = &content.SourceHandler
	}
	if !content.CreatedAt.IsZero() {
		nanoseconds := content.CreatedAt.UnixNano()
		each.CreatedAt = &nanoseconds
	}
	return each
}

func (each envelope) content() Envelope {
	content := Envelope{
		Type:             each.Type,
		MessageID:        each.MessageID,
		CausationID:      each.CausationID,
		CorrelationID:    each.CorrelationID,
		SourceInstanceID: each.SourceInstanceID,
		MediaType:        each.MediaType,
		Data:             each.Data,
	}
	if each.SourceApplication != nil {
		content.SourceApplication = *each.SourceApplication
	}
	if each.SourceHandler != nil {
		content.SourceHandler = *each.SourceHandler
	}
	if each.CreatedAt != nil {
		content.CreatedAt = time.Unix(0, *each.CreatedAt).UTC()
	}
	return content
}
