package status

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"shipper/agent/status/access"
)

// ServerConfig describes a Server.
type ServerConfig struct {
	StateDir string // where the socket goes; the caller holds its lock
	Listen   string // host:port, unix:/path, "" or access.Off for none
	Access   access.Config
	Log      *slog.Logger
	// Pages serves further requests that only look, by their pattern.
	Pages map[string]http.Handler
	// Control serves further requests by their path, on the socket only. Their
	// contexts end with Stop.
	Control map[string]http.Handler
	// RetryEvery is how often a place that can't be listened on is tried
	// again; default 10 s.
	RetryEvery time.Duration
}

// Server answers questions about the agent. Start it once, and Stop it.
type Server struct {
	config ServerConfig
	guard  *access.Guard // of port
	socket *http.Server
	port   *http.Server // or where else it listens
	stop   context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	addr net.Addr // of the port, nil while it does not listen
}

// NewServer makes a Server.
func NewServer(snapshot func() Snapshot, c ServerConfig) *Server {
	if c.RetryEvery == 0 {
		c.RetryEvery = 10 * time.Second
	}
	handler := http.NewServeMux()
	handler.Handle("/", Handler(snapshot))
	for pattern, h := range c.Pages {
		handler.Handle("GET "+pattern, h)
	}
	control := http.NewServeMux() // what changes something is for those who may open the socket
	control.Handle("/", handler)
	for path, h := range c.Control {
		control.Handle("POST "+path, h)
	}
	guard := access.NewGuard(c.Access, c.Log)
	guarded := guard.Require(handler)
	if access.LocalPort(c.Listen) {
		guarded = localOnly(guarded)
	}
	return &Server{
		config: c, guard: guard, socket: newHTTPServer(control, c.Log), port: newHTTPServer(guarded, c.Log),
	}
}

func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// Start begins to serve and returns at once.
func (s *Server) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.socket.BaseContext = func(net.Listener) context.Context { return ctx }
	s.wg.Go(func() {
		s.serve(ctx, s.socket, filepath.Join(s.config.StateDir, SocketName), func() (net.Listener, error) {
			return listenSocket(ctx, s.config.StateDir)
		})
	})
	if s.config.Listen == "" || s.config.Listen == access.Off {
		return
	}
	if err := s.config.Access.Check(s.config.Listen); err != nil {
		s.config.Log.Error("status is served on the socket only", "error", err)
		return
	}
	s.wg.Go(func() {
		s.serve(ctx, s.port, s.config.Listen, func() (net.Listener, error) {
			return s.listen(ctx)
		})
	})
}

// listen listens where the configuration says.
func (s *Server) listen(ctx context.Context) (net.Listener, error) {
	plain, err := access.Listen(ctx, s.config.Listen)
	if err != nil {
		return nil, err
	}
	listener, err := s.guard.Listener(plain)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	s.mu.Lock()
	s.addr = listener.Addr()
	s.mu.Unlock()
	return listener, nil
}

// serve listens and serves until ctx ends. It says once that it can't listen,
// and once that it can again.
func (s *Server) serve(ctx context.Context, server *http.Server, address string, listen func() (net.Listener, error)) {
	log := s.config.Log.With("address", address)
	retry := time.NewTicker(s.config.RetryEvery)
	defer retry.Stop()
	for warned := false; ; {
		listener, err := listen()
		if err == nil {
			if warned {
				log.Info("serving status again")
				warned = false
			}
			err = server.Serve(listener)
		}
		if ctx.Err() != nil {
			return
		}
		if !warned {
			log.Warn("can't serve status here, the agent works on and tries again", "error", err)
			warned = true
		}
		select {
		case <-ctx.Done():
			return
		case <-retry.C:
		}
	}
}

// Addr is the address of the port, nil while there is none.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Stop ends all requests, those under way after two seconds at the latest, and
// removes the socket.
func (s *Server) Stop() {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, server := range []*http.Server{s.socket, s.port} {
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close() // what it reports is that clients were cut off
		}
	}
	s.wg.Wait()
	path := filepath.Join(s.config.StateDir, SocketName)
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.config.Log.Warn("the status socket stays behind", "path", path, "error", err)
	}
}
