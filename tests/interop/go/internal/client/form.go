// Package client reads from any server of StreamAPI and drives any that has the control service, and says what it saw
// as JSON, one object a line.
package client

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	"github.com/dogmatiq/interopspec/envelopespec"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

// Event is an event as it is printed.
type Event struct {
	Offset   uint64    `json:"offset"`
	Envelope *Envelope `json:"envelope"`
}

// Envelope is an envelope as it is printed: each field by its name on the wire, the data in base64. Identities that are
// absent are left out.
type Envelope struct {
	MessageID         string    `json:"message_id"`
	CausationID       string    `json:"causation_id"`
	CorrelationID     string    `json:"correlation_id"`
	SourceSite        *Identity `json:"source_site,omitempty"`
	SourceApplication *Identity `json:"source_application,omitempty"`
	SourceHandler     *Identity `json:"source_handler,omitempty"`
	SourceInstanceID  string    `json:"source_instance_id"`
	CreatedAt         string    `json:"created_at"`
	ScheduledFor      string    `json:"scheduled_for"`
	Description       string    `json:"description"`
	PortableName      string    `json:"portable_name"`
	MediaType         string    `json:"media_type"`
	Data              []byte    `json:"data"`
}

// Identity is an identity as it is printed.
type Identity struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

func newIdentity(from *envelopespec.Identity) *Identity {
	if from == nil {
		return nil
	}
	return &Identity{Name: from.GetName(), Key: from.GetKey()}
}

func (i *Identity) message() *envelopespec.Identity {
	if i == nil {
		return nil
	}
	return &envelopespec.Identity{Name: i.Name, Key: i.Key}
}

func newEnvelope(from *envelopespec.Envelope) *Envelope {
	if from == nil {
		return nil
	}
	return &Envelope{
		MessageID:         from.GetMessageId(),
		CausationID:       from.GetCausationId(),
		CorrelationID:     from.GetCorrelationId(),
		SourceSite:        newIdentity(from.GetSourceSite()),
		SourceApplication: newIdentity(from.GetSourceApplication()),
		SourceHandler:     newIdentity(from.GetSourceHandler()),
		SourceInstanceID:  from.GetSourceInstanceId(),
		CreatedAt:         from.GetCreatedAt(),
		ScheduledFor:      from.GetScheduledFor(),
		Description:       from.GetDescription(),
		PortableName:      from.GetPortableName(),
		MediaType:         from.GetMediaType(),
		Data:              append([]byte{}, from.GetData()...),
	}
}

func (e *Envelope) message() *envelopespec.Envelope {
	return &envelopespec.Envelope{
		MessageId:         e.MessageID,
		CausationId:       e.CausationID,
		CorrelationId:     e.CorrelationID,
		SourceSite:        e.SourceSite.message(),
		SourceApplication: e.SourceApplication.message(),
		SourceHandler:     e.SourceHandler.message(),
		SourceInstanceId:  e.SourceInstanceID,
		CreatedAt:         e.CreatedAt,
		ScheduledFor:      e.ScheduledFor,
		Description:       e.Description,
		PortableName:      e.PortableName,
		MediaType:         e.MediaType,
		Data:              e.Data,
	}
}

// Failure is an error as it is printed.
type Failure struct {
	// Cursor is the number of the one that saw it, counted from 0; left out if there was only one.
	Cursor *int `json:"cursor,omitempty"`
	// Code is the gRPC status code by its name, such as NOT_FOUND; OK for a Consume that ended as if all were read;
	// CLIENT, whose number is -1, for what this side found wrong.
	Code    string   `json:"code"`
	Number  int      `json:"number"`
	Message string   `json:"message"`
	Details []Detail `json:"details"`
}

// Detail is a detail of an error: its type by its full name, and its fields, or its bytes in base64 if this program
// doesn't know that type.
type Detail struct {
	Type   string          `json:"type"`
	Fields json.RawMessage `json:"fields,omitempty"`
	Bytes  string          `json:"bytes,omitempty"`
}

// NewFailure tells what an error of a call is.
func NewFailure(err error) *Failure {
	if errors.Is(err, io.EOF) {
		return &Failure{Code: "OK", Message: "the call has ended", Details: []Detail{}}
	}
	told, ok := status.FromError(err)
	if !ok {
		return &Failure{Code: "CLIENT", Number: -1, Message: err.Error(), Details: []Detail{}}
	}
	failure := &Failure{
		Code:    code.Code(told.Code()).String(),
		Number:  int(told.Code()),
		Message: told.Message(),
		Details: []Detail{},
	}
	for _, each := range told.Proto().GetDetails() {
		failure.Details = append(failure.Details, newDetail(each))
	}
	return failure
}

func newDetail(from *anypb.Any) Detail {
	detail := Detail{Type: string(from.MessageName())}
	if message, err := from.UnmarshalNew(); err == nil {
		if fields, err := (protojson.MarshalOptions{UseProtoNames: true}).Marshal(message); err == nil {
			detail.Fields = fields
			return detail
		}
	}
	detail.Bytes = base64.StdEncoding.EncodeToString(from.GetValue())
	return detail
}
