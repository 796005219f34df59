package cluster

import (
	"bytes"
	"cmp"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the list of error codes anew")

// TestErrorCodesAreThoseOfTheJar has Kafka's own enumeration of error codes
// printed, and compares it with the list that package codes is tested against.
func TestErrorCodesAreThoseOfTheJar(t *testing.T) {
	ctx := deadline(t, 10*time.Minute) // with installation
	in, err := ensureInstalled(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, in.java, "-cp", filepath.Join(in.libs, "*"), filepath.Join("testdata", "Codes.java"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	lines := slices.SortedFunc(strings.Lines(string(out)), func(a, b string) int { return cmp.Compare(number(t, a), number(t, b)) })
	if len(lines) < 100 {
		t.Fatalf("only %d codes: %q", len(lines), out)
	}
	list := filepath.Join("..", "..", "outputs", "kafka", "codes", "testdata", "kafka-"+Version+".tsv")
	want := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile(list, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the jar says; write it anew: go test ./testing/cluster -run ErrorCodes -update", list)
	}
}

func number(t *testing.T, line string) int {
	t.Helper()
	first, _, _ := strings.Cut(line, "\t")
	n, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
