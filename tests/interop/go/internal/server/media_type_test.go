package server

import (
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

func grpcCode(err error) codes.Code { return status.Code(err) }

func TestAMediaTypeIsGivenAsItIsWanted(t *testing.T) {
	for name, row := range map[string]struct {
		stored string
		wanted []string
		given  string // empty: none is
	}{
		"exactly the stored one":         {"odd;  type=a", []string{"", "odd;  type=a"}, "odd;  type=a"},
		"other case, order and blanks":   {`application/json; type="a"; v=1`, []string{`Application/JSON;v=1 ;  TYPE=a`}, `application/json; type="a"`},
		"the first that fits":            {`application/json; type=a`, []string{"text/plain; type=a", `application/json;type="a"`}, `application/json; type="a"`},
		"for another type":               {`application/json; type=a`, []string{`application/json; type="b"`}, ""},
		"for a type in another case":     {`application/json; type=a`, []string{`application/json; type="A"`}, ""},
		"stored for another type":        {`application/json; type=b`, []string{`application/json;type="b"`}, ""},
		"without a type":                 {`application/json; type=a`, []string{"application/json"}, ""},
		"stored without a type":          {"application/json", []string{"application/json; type=a"}, ""},
		"a good one before what is none": {`application/json; type=a`, []string{"application/json;type=a", ""}, `application/json; type="a"`},
	} {
		t.Run(name, func(t *testing.T) {
			stored := envelope("a")
			stored.MediaType = row.stored
			before := proto.CloneOf(stored)
			given, err := negotiate(stored, row.wanted)
			if !proto.Equal(stored, before) {
				t.Error("the stored envelope was changed")
			}
			if row.given == "" {
				if grpcCode(err) != codes.InvalidArgument {
					t.Errorf("got %v, %v; expected INVALID_ARGUMENT", given, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			before.MediaType = row.given
			if !proto.Equal(given, before) {
				t.Errorf("got %v, expected %v", given, before)
			}
		})
	}
}
