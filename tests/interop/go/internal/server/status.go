package server

import (
	"fmt"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
)

var (
	errNoApplicationKey = status.Error(codes.InvalidArgument, "application key must not be empty")
	errNoEventTypes     = status.Error(codes.InvalidArgument, "at least one event type must be consumed")
	// errTruncated is all that the original tells of it.
	errTruncated = status.Error(codes.Unknown, "can not open cursor, stream is truncated")
	errUnnamed   = status.Error(codes.Unknown, "the stream could not be read")
	errReplaced  = status.Error(codes.Aborted, "the application's stream was replaced by another one")
)

func unrecognizedApplication(key string) error {
	return detailed(codes.NotFound, "unrecognized application: "+key,
		&eventstreamspec.UnrecognizedApplication{ApplicationKey: key})
}

// unrecognizedTypes has one detail for each name, in their order.
func unrecognizedTypes(message string, names []string) error {
	var details []protoadapt.MessageV1
	for _, name := range names {
		details = append(details, &eventstreamspec.UnrecognizedEventType{PortableName: name})
	}
	return detailed(codes.InvalidArgument, message, details...)
}

func noRecognizedMediaTypes(portableName string) error {
	return detailed(codes.InvalidArgument,
		fmt.Sprintf("none of the requested media-types for '%s' events are supported", portableName),
		&eventstreamspec.NoRecognizedMediaTypes{PortableName: portableName})
}

func emptyMediaTypes(portableName string) error {
	return status.Errorf(codes.InvalidArgument, "at least one media-type must be given for '%s' events", portableName)
}

func detailed(code codes.Code, message string, details ...protoadapt.MessageV1) error {
	plain := status.New(code, message)
	full, err := plain.WithDetails(details...)
	if err != nil { // text that is no UTF-8, which no request can hold
		return plain.Err()
	}
	return full.Err()
}
