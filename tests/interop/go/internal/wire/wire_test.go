package wire_test

import (
	"os"
	"testing"

	"github.com/dogmatiq/interopspec/envelopespec"
	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// declared are our .proto files.
func declared(t *testing.T) *protoregistry.Files {
	t.Helper()
	bytes, err := os.ReadFile("descriptors.binpb")
	if err != nil {
		t.Fatal(err)
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(bytes, &set); err != nil {
		t.Fatal(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// published are interopspec's files that we have written anew.
var published = []protoreflect.FileDescriptor{
	envelopespec.File_github_com_dogmatiq_interopspec_envelopespec_envelope_proto,
	eventstreamspec.File_github_com_dogmatiq_interopspec_eventstreamspec_streamapi_proto,
}

func find[D protoreflect.Descriptor](t *testing.T, files *protoregistry.Files, name protoreflect.FullName) D {
	t.Helper()
	found, err := files.FindDescriptorByName(name)
	if err != nil {
		t.Fatalf("our files don't declare %s", name)
	}
	ours, ok := found.(D)
	if !ok {
		t.Fatalf("our files declare %s as something else", name)
	}
	return ours
}

// What a message looks like on the wire follows from its fields' names, numbers, types and labels; names count in JSON.
func TestOurMessagesAreThePublishedOnes(t *testing.T) {
	files := declared(t)
	for _, file := range published {
		for i := range file.Messages().Len() {
			theirs := file.Messages().Get(i)
			ours := find[protoreflect.MessageDescriptor](t, files, theirs.FullName())
			if ours.Fields().Len() != theirs.Fields().Len() {
				t.Errorf("%s has %d fields, expected %d", theirs.FullName(), ours.Fields().Len(), theirs.Fields().Len())
			}
			for j := range theirs.Fields().Len() {
				mustAgree(t, ours.Fields().ByName(theirs.Fields().Get(j).Name()), theirs.Fields().Get(j))
			}
		}
	}
}

func mustAgree(t *testing.T, ours, theirs protoreflect.FieldDescriptor) {
	t.Helper()
	name := theirs.FullName()
	if ours == nil {
		t.Errorf("our files don't declare %s", name)
		return
	}
	if ours.Number() != theirs.Number() || ours.Kind() != theirs.Kind() || ours.Cardinality() != theirs.Cardinality() {
		t.Errorf("%s is %v %v = %d, expected %v %v = %d", name, ours.Cardinality(), ours.Kind(), ours.Number(),
			theirs.Cardinality(), theirs.Kind(), theirs.Number())
	}
	if theirs.Message() != nil && ours.Message().FullName() != theirs.Message().FullName() {
		t.Errorf("%s is a %s, expected a %s", name, ours.Message().FullName(), theirs.Message().FullName())
	}
	if (ours.ContainingOneof() == nil) != (theirs.ContainingOneof() == nil) {
		t.Errorf("%s stands in a oneof on one side only", name)
	}
}

func TestOurServicesAreThePublishedOnes(t *testing.T) {
	files := declared(t)
	for _, file := range published {
		for i := range file.Services().Len() {
			theirs := file.Services().Get(i)
			ours := find[protoreflect.ServiceDescriptor](t, files, theirs.FullName())
			for j := range theirs.Methods().Len() {
				expected := theirs.Methods().Get(j)
				method := ours.Methods().ByName(expected.Name())
				if method == nil || method.IsStreamingServer() != expected.IsStreamingServer() ||
					method.IsStreamingClient() != expected.IsStreamingClient() ||
					method.Input().FullName() != expected.Input().FullName() ||
					method.Output().FullName() != expected.Output().FullName() {
					t.Errorf("our method is %v, expected %v", method, expected)
				}
			}
		}
	}
}
