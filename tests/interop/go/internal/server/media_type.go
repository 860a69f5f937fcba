package server

import (
	"fmt"
	"mime"
	"strings"

	"github.com/dogmatiq/interopspec/envelopespec"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// negotiate returns the envelope in the form that a client wants, which is the stored one itself if it wants exactly
// that. Otherwise what it wants is read in its order: the first media type that is another spelling of the stored one
// is given, and the envelope names it in its usual spelling. Nothing is encoded anew here.
//
// A list without a media type, at which the original panics, is an error when the first event of its type is to be sent.
// A media type that says nothing of the event's type, or names another, is passed over. One that is none ends the
// search, as in the original.
func negotiate(stored *envelopespec.Envelope, wanted []string) (*envelopespec.Envelope, error) {
	for _, each := range wanted {
		if each == stored.GetMediaType() {
			return stored, nil
		}
	}
	name := stored.GetPortableName()
	if len(wanted) == 0 {
		return nil, emptyMediaTypes(name)
	}
	for _, each := range wanted {
		format, parameters, err := mime.ParseMediaType(each)
		if err != nil {
			return nil, status.Error(codes.Unknown, err.Error())
		}
		if parameters["type"] != name || !spells(stored.GetMediaType(), format, name) {
			continue
		}
		given := proto.CloneOf(stored)
		given.MediaType = fmt.Sprintf(`%s; type="%s"`, format, quoter.Replace(name))
		return given, nil
	}
	return nil, noRecognizedMediaTypes(name)
}

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// spells tells whether a media type is of that format and for events of that type.
func spells(mediaType, format, portableName string) bool {
	parsed, parameters, err := mime.ParseMediaType(mediaType)
	return err == nil && parsed == format && parameters["type"] == portableName
}
