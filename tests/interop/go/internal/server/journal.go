package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"streamtest/peer/internal/wire/controlpb"
)

// journal is the list of all that the control service did, in its order, in a file. It survives the
// end of the process, however that comes, but not that of the machine.
type journal struct {
	mutex sync.Mutex
	file  *os.File
}

// openJournal hands each request in the file to replay, drops what was not written to its end, and goes on behind the
// rest.
func openJournal(path string, replay func(proto.Message) error) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	whole, err := readJournal(file, replay)
	if err == nil {
		err = file.Truncate(whole)
	}
	if err == nil {
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return &journal{file: file}, nil
}

// readJournal returns how many bytes belong to whole requests.
func readJournal(file *os.File, replay func(proto.Message) error) (int64, error) {
	var whole int64
	reader := bufio.NewReader(file)
	options := protodelim.UnmarshalOptions{MaxSize: -1}
	for {
		var entry anypb.Any
		switch err := options.UnmarshalFrom(reader, &entry); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return whole, nil
		case err != nil:
			return 0, err
		}
		request, err := entry.UnmarshalNew()
		if err != nil {
			return 0, err
		}
		if err := replay(request); err != nil {
			return 0, err
		}
		position, err := file.Seek(0, io.SeekCurrent)
		if err != nil {
			return 0, err
		}
		whole = position - int64(reader.Buffered())
	}
}

func (j *journal) write(request proto.Message) error {
	entry, err := anypb.New(request)
	if err != nil {
		return err
	}
	_, err = protodelim.MarshalTo(j.file, entry)
	return err
}

func (j *journal) close() {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	_ = j.file.Close()
}

// alone keeps other changes away until the function that it returns is called, if they must be written down in their
// order.
func (s *Server) alone() func() {
	if s.journal == nil {
		return func() {}
	}
	s.journal.mutex.Lock()
	return s.journal.mutex.Unlock
}

// note writes down what is about to be done, so that nobody sees what a restart would take back.
func (s *Server) note(request proto.Message) error {
	if s.journal == nil {
		return nil
	}
	if err := s.journal.write(request); err != nil {
		return status.Errorf(codes.Internal, "the journal can't be written: %v", err)
	}
	return nil
}

// replay does again what a request asked for.
func (s *Server) replay(request proto.Message) error {
	var err error
	switch request := request.(type) {
	case *controlpb.ResetRequest:
		_, err = s.Reset(context.Background(), request)
	case *controlpb.AppendRequest:
		_, err = s.Append(context.Background(), request)
	case *controlpb.TruncateRequest:
		_, err = s.Truncate(context.Background(), request)
	default:
		err = fmt.Errorf("%s is no request to the control service", request.ProtoReflect().Descriptor().FullName())
	}
	return err
}
