// Package server serves event streams in memory, as the Go original of the wire protocol does, and the control service,
// so that they can be certified from outside. It differs from the original where that one would panic: it answers
// INVALID_ARGUMENT there. On demand it has one of several faults.
package server

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/dogmatiq/interopspec/eventstreamspec"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"streamtest/peer/internal/wire/controlpb"
)

// Options say what a server is like. The zero value is a server without faults.
type Options struct {
	// Fault is what it does wrong.
	Fault Fault
	// Padding is how many bytes OneAtATime adds to each answer, so that fewer of them fill what a client that doesn't
	// read leaves open. Clients ignore them.
	Padding int
	// PingInterval is how often a client may ask whether the server is there. Zero is grpc-go's own answer, five
	// minutes; who asks more often is sent away.
	PingInterval time.Duration
	// Journal is the path of a file that outlives the process. A server that is begun with it again has the same
	// streams. Empty means that there is none.
	Journal string
}

// maximum is the size of the largest message that clients take, if nobody told them otherwise.
const maximum = 4 << 20

// maximumRequest leaves room for a batch of events.
const maximumRequest = 64 << 20

// Server is a server of StreamAPI and Control. Its methods may be called from any goroutine.
type Server struct {
	eventstreamspec.UnimplementedStreamAPIServer
	controlpb.UnimplementedControlServer

	options Options
	grpc    *grpc.Server

	// ended is done once Consume is to end by itself, which only EndsOK does.
	ended context.Context
	end   context.CancelFunc

	mutex        sync.Mutex
	applications map[string]*application
	journal      *journal
}

// New returns a server that serves nothing yet. The error tells why the journal can't be read.
func New(options Options) (*Server, error) {
	s := &Server{options: options, applications: map[string]*application{}}
	s.ended, s.end = context.WithCancel(context.Background())
	if options.Journal != "" {
		opened, err := openJournal(options.Journal, s.replay)
		if err != nil {
			return nil, err
		}
		s.journal = opened
	}
	settings := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maximumRequest),
		grpc.WaitForHandlers(true),
	}
	if options.PingInterval > 0 {
		settings = append(settings, grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             options.PingInterval,
			PermitWithoutStream: true,
		}))
	}
	s.grpc = grpc.NewServer(settings...)
	eventstreamspec.RegisterStreamAPIServer(s.grpc, s)
	controlpb.RegisterControlServer(s.grpc, s)
	return s, nil
}

// Serve serves whoever connects, until Stop or Drain, and closes the listener. The error tells that it can't go on.
func (s *Server) Serve(listener net.Listener) error {
	err := s.grpc.Serve(watchedListener{listener})
	if errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

// Drain refuses new calls and returns when those that are under way have ended. A Consume goes on meanwhile; it ends
// when its client ends it.
func (s *Server) Drain() {
	s.grpc.GracefulStop()
}

// Stop closes every connection, and returns when no call is left. The clients see connections that break, or with
// EndsOK a Consume that ends as if all were read.
func (s *Server) Stop() {
	if s.options.Fault == EndsOK {
		s.end()
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			s.grpc.GracefulStop()
		}()
		select {
		case <-drained:
		case <-time.After(time.Second): // for a client that doesn't read how its calls ended
		}
	}
	s.grpc.Stop()
	s.end()
	if s.journal != nil {
		s.journal.close()
	}
}

// application returns the application with that key, or the status that tells that there is none.
func (s *Server) application(key string) (*application, error) {
	if key == "" {
		return nil, errNoApplicationKey
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, ok := s.applications[key]
	if !ok {
		return nil, unrecognizedApplication(key)
	}
	return found, nil
}
