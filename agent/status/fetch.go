package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"syscall"

	"shipper/agent/status/access"
)

// ErrNotRunning is returned by Fetch when no agent holds the state directory.
var ErrNotRunning = errors.New("no agent is running")

// largestSnapshot bounds what Fetch takes, in bytes: far more than a million
// files make.
const largestSnapshot = 1 << 30

// Fetch asks the agent that holds a state directory for its snapshot.
func Fetch(ctx context.Context, stateDir string) (*Snapshot, error) {
	body, err := Ask(ctx, stateDir, http.MethodGet, statusPath)
	if err != nil {
		return nil, err
	}
	return decode(body)
}

// Ask sends a request without a body to the agent that holds a state directory, and
// returns the body of the answer. The error is ErrNotRunning if there is no agent.
func Ask(ctx context.Context, stateDir, method, target string) (io.ReadCloser, error) {
	body, err := roundTrip(ctx, method, target, func(ctx context.Context) (net.Conn, error) { return dialSocket(ctx, stateDir) })
	if err != nil {
		return nil, fmt.Errorf("ask the agent of state directory %q: %w", stateDir, err)
	}
	return body, nil
}

// FetchPort asks the agent that listens on a loopback port or a unix socket, and
// believes the answer if the agent's state directory is the one that is meant:
// where that can't be written, there is no socket in it. It returns ErrNotRunning
// if no such agent answers.
func FetchPort(ctx context.Context, listen, stateDir string) (*Snapshot, error) {
	if listen == "" || listen == access.Off {
		return nil, ErrNotRunning
	}
	body, err := roundTrip(ctx, http.MethodGet, statusPath, func(ctx context.Context) (net.Conn, error) { return access.Dial(ctx, listen) })
	if err != nil {
		return nil, ErrNotRunning
	}
	s, err := decode(body)
	if err != nil || filepath.Clean(s.State.Dir) != filepath.Clean(stateDir) {
		return nil, ErrNotRunning // the port is somebody else's
	}
	return s, nil
}

// decode reads a snapshot and closes body.
func decode(body io.ReadCloser) (*Snapshot, error) {
	defer func() { _ = body.Close() }() // only read from
	var s Snapshot
	if err := json.NewDecoder(io.LimitReader(body, largestSnapshot)).Decode(&s); err != nil {
		return nil, fmt.Errorf("read the agent's status: %w", err)
	}
	if s.Version != Version {
		return nil, fmt.Errorf("the agent's status is of version %d, this program knows version %d: "+
			"use the program that the agent runs", s.Version, Version)
	}
	return &s, nil
}

// statusPath is where snapshots are served.
const statusPath = "/status.json"

func roundTrip(ctx context.Context, method, target string, dial func(context.Context) (net.Conn, error)) (io.ReadCloser, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+target, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(r)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOTDIR):
		return nil, ErrNotRunning
	case errors.Is(err, fs.ErrPermission):
		return nil, errors.New("permission denied: run this as root or as the agent's user")
	case errors.Is(err, context.DeadlineExceeded):
		return nil, errors.New("it does not answer")
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		_ = response.Body.Close() // its content is of no use
		return nil, fmt.Errorf("it answers %s", response.Status)
	}
	return response.Body, nil
}
