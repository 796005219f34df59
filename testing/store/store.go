package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"shipper/testing/port"
	"shipper/testing/process"
)

// Version is the server's.
const Version = "1.8.0"

// The credentials that the server takes, and its region.
const (
	AccessKey = "shipper-test-key"
	SecretKey = "shipper-test-secret"
	Region    = "us-east-1"
)

// Store is a running server.
type Store struct {
	Endpoint string // URL
	dir      string // of the buckets
	server   *process.Process
}

// Start runs a server that keeps its objects below dir. root is the root of
// shipper's module.
func Start(ctx context.Context, root, dir string) (*Store, error) {
	binary, err := Install(ctx, root)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: filepath.Join(dir, "buckets")}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, err
	}
	address, err := port.Address()
	if err != nil {
		return nil, err
	}
	s.Endpoint = "http://" + address
	cmd := exec.Command(binary, "--port", address, "--region", Region, "--quiet", "--keep-alive", "posix", s.dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+AccessKey, "ROOT_SECRET_KEY="+SecretKey)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log := filepath.Join(dir, "versitygw.log")
	if s.server, err = process.Start(cmd, log); err != nil {
		return nil, fmt.Errorf("start versitygw: %w", err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(s.Endpoint) //nolint:noctx // a test's own loop has the deadline
		if err == nil {
			return s, res.Body.Close()
		}
		if !s.server.Running() || time.Now().After(deadline) {
			said, _ := os.ReadFile(log)
			return nil, errors.Join(fmt.Errorf("versitygw does not answer: %w\n%s", err, said), s.Stop())
		}
	}
}

// Stop ends the server.
func (s *Store) Stop() error { return s.server.Kill() }

// MakeBucket makes a bucket.
func (s *Store) MakeBucket(name string) error { return os.Mkdir(filepath.Join(s.dir, name), 0o755) }

// Path is the file that holds an object.
func (s *Store) Path(bucket, key string) string { return filepath.Join(s.dir, bucket, key) }

// Credentials are those of AccessKey.
func Credentials() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: AccessKey, SecretAccessKey: SecretKey}, nil
	})
}

// Install builds the server into the cache, unless it is there, and returns its
// path. Processes that do it at the same time wait for each other.
func Install(ctx context.Context, root string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find cache directory: %w", err)
	}
	cache := filepath.Join(base, "shipper-versitygw-"+Version)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make cache directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return "", fmt.Errorf("lock cache directory: %w", err)
	}
	defer func() { _ = lock.Close() }() // ends the lock
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("lock cache directory: %w", err)
	}
	binary := filepath.Join(cache, "versitygw")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary+".new", "github.com/versity/versitygw/cmd/versitygw")
	cmd.Dir = filepath.Join(root, "testing", "tools", "versitygw")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build versitygw: %w\n%s", err, out)
	}
	return binary, os.Rename(binary+".new", binary)
}
