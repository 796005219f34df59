package packages

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"shipper/testing/need"
	"shipper/testing/oracle"
)

// TestImageAsSidecar runs the image beside an application, as a pod does: it
// shares the log volume read-only, belongs to a user who owns nothing, and is told
// by a file that the application ends. The application goes on writing for three
// seconds after that, and its last line has no newline. Everything must have
// arrived when the container ends.
func TestImageAsSidecar(t *testing.T) {
	if err := need.Programs(t.Context(), map[string]string{"buildah": "buildah"}); err != nil {
		t.Fatal(err)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(1, topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()

	dir := t.TempDir()
	logs, state, conf := filepath.Join(dir, "logs"), filepath.Join(dir, "state"), filepath.Join(dir, "conf.d")
	for _, d := range []string{logs, state, conf} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(state, 65532, 65532); err != nil {
		t.Fatal(err)
	}
	hcl := strings.NewReplacer("BROKERS", strings.Join(cluster.ListenAddrs(), `", "`), "/var/log/app", "/logs").Replace(dropIn)
	if err := os.WriteFile(filepath.Join(conf, "app.hcl"), []byte(hcl), 0o644); err != nil {
		t.Fatal(err)
	}

	// Overlays can't be mounted everywhere that tests run.
	t.Setenv("STORAGE_DRIVER", "vfs")
	version := fmt.Sprintf("0.0.%d", os.Getpid()) // the store of images is the user's
	run(t.Context(), t, "make", "image", "VERSION="+version, "DIST="+dir)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // not for what is installed and built
	defer cancel()
	container := strings.TrimSpace(run(ctx, t, "buildah", "from", "shipper:"+version))
	defer func() {
		run(context.Background(), t, "buildah", "rm", container)
		run(context.Background(), t, "buildah", "rmi", "shipper:"+version)
	}()

	app, err := os.OpenFile(filepath.Join(logs, "app.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = app.Close() }() // written by write(2), which is all that counts here
	var written []string
	write := func(format string, args ...any) {
		line := fmt.Sprintf(format, args...)
		written = append(written, strings.TrimSuffix(line, "\n"))
		if _, err := app.WriteString(line); err != nil {
			t.Fatal(err)
		}
	}
	write("first\n")

	sidecar := exec.CommandContext(ctx, "buildah", "run", "--isolation", "chroot", "--user", "65532:65532",
		"--volume", logs+":/logs:ro", "--volume", state+":/var/lib/shipper", "--volume", conf+":/etc/shipper/conf.d:ro",
		container, "--", "/usr/bin/shipper", "run", "--until", "/logs/terminated", "--settle", "2s")
	var output bytes.Buffer
	sidecar.Stdout, sidecar.Stderr = &output, &output
	if err := sidecar.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- sidecar.Wait() }()

	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := range 50 {
		<-tick.C
		write("line %d\n", i)
		if i == 20 {
			if err := os.WriteFile(filepath.Join(logs, "terminated"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended while the application was writing: %v\n%s", err, output.String())
	default:
	}
	write("the last line, without a newline")
	if err := <-ended; err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}

	r, err := oracle.NewReader(cluster.ListenAddrs(), topic)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var arrived []string
	if err := r.ReadToEnd(ctx, func(r oracle.Record) { arrived = append(arrived, string(r.Value)) }); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(arrived, "\n"), strings.Join(written, "\n"); got != want {
		t.Errorf("arrived:\n%s\nwritten:\n%s\n%s", got, want, output.String())
	}

	// Nothing but the state was written to, so that the root can be read-only. The
	// runtime itself writes hosts, resolv.conf and hostname into /etc.
	root := strings.TrimSpace(run(ctx, t, "buildah", "mount", container))
	found := run(ctx, t, "find", root, "-newer", filepath.Join(conf, "app.hcl"), "-type", "f", "-not", "-path", root+"/etc/*")
	if found != "" {
		t.Errorf("written to in the container:\n%s", found)
	}
}
