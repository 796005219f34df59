package e2e

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"shipper/agent/audit"
)

// TestCompleteFilesAreToldOfAndDeleted rotates a log again and again with SIGKILL in
// between, on two outputs of which the second can take nothing at first. No file is
// deleted before both have it and the audit topic was told. In the end all rotated
// files are gone, every line is in the topic, and the audit records give each
// generation's size, records, checksum and offsets exactly.
func TestCompleteFilesAreToldOfAndDeleted(t *testing.T) {
	t.Parallel()
	ctx := limit(t, 4*time.Minute)
	c := kafka(t)
	topic := topicName(t)
	told := topic + "-audit"
	must(t, c.CreateTopic(ctx, topic, 2, 3, nil))
	out := filepath.Join(t.TempDir(), "missing", "copy")
	a := newAgent(t, c.Brokers(), topic, config{
		input:  fmt.Sprintf("  on_complete = \"delete\"\n  audit_topic = %q\n  quiet_after = \"1s\"\n  scan_interval = \"500ms\"\n", told),
		others: fmt.Sprintf("output \"file\" \"copy\" {\n  path = %q\n}\n", out),
	})
	a.amend("output = output.kafka.main", "output = [output.kafka.main, output.file.copy]")
	live := filepath.Join(a.logs, "app.log")
	const generations, lines = 6, 2000
	sums := map[string]int{} // checksum of a rotated file → its length
	for g := range generations {
		a.start()
		var text strings.Builder
		for i := range lines {
			fmt.Fprintf(&text, "generation %d line %d %s\n", g, i, strings.Repeat("x", i%80))
		}
		appendTo(t, live, []byte(text.String()))
		sums[fmt.Sprintf("crc32c:%08x", crc32.Checksum([]byte(text.String()), crc32.MakeTable(crc32.Castagnoli)))] = text.Len()
		a.waitFor(ctx, "Kafka has the lines of this generation", func() bool {
			s, err := a.status(ctx)
			if err != nil {
				return false
			}
			for _, f := range s.Files {
				for _, r := range f.Routes {
					if f.Path == live && strings.Contains(r.Route, "kafka") && r.Offset == int64(text.Len()) {
						return true
					}
				}
			}
			return false
		})
		for i := g; i > 0; i-- {
			must(t, os.Rename(fmt.Sprintf("%s.%d", live, i), fmt.Sprintf("%s.%d", live, i+1)))
		}
		must(t, os.Rename(live, live+".1"))
		a.kill()
	}
	appendTo(t, live, []byte("the last\n"))
	a.start()
	a.run(3 * time.Second) // three times quiet_after, with one route behind
	if n := rotatedFiles(t, live); n != generations {
		t.Fatalf("%d rotated files, %d were written: deleted before every route had them", n, generations)
	}
	must(t, os.Mkdir(filepath.Dir(out), 0o755)) // now the second route goes on
	a.run(3 * time.Second)
	if n := rotatedFiles(t, live); n != generations {
		t.Fatalf("%d rotated files, %d were written: deleted before the audit topic was told", n, generations)
	}
	must(t, c.CreateTopic(ctx, told, 1, 3, nil))
	a.waitFor(ctx, "all rotated files are deleted", func() bool { return rotatedFiles(t, live) == 0 })
	a.kill()
	a.start()

	data := map[int32]map[int64]string{}
	for _, r := range readTopic(ctx, t, a, c, topic, generations*lines+1) {
		if data[r.Partition] == nil {
			data[r.Partition] = map[int64]string{}
		}
		data[r.Partition][r.Offset] = string(r.Value)
	}
	seen := map[string]bool{}
	for _, r := range readTopic(ctx, t, a, c, told, generations) {
		holdAudit(t, r, data, sums, seen, lines)
	}
	if len(seen) != generations {
		t.Errorf("%d generations were told of, want %d", len(seen), generations)
	}
}

// holdAudit holds an audit record against what was written and what is in the topic.
func holdAudit(t *testing.T, r *kgo.Record, data map[int32]map[int64]string, sums map[string]int, seen map[string]bool, lines int64) {
	t.Helper()
	var rec audit.Record
	must(t, json.Unmarshal(r.Value, &rec))
	if rec.Type != "complete" || rec.Checksum == nil || rec.Partition == nil || rec.FirstOffset == nil {
		t.Fatalf("%s", r.Value)
	}
	seen[rec.Generation] = true
	if n, ok := sums[*rec.Checksum]; !ok || int64(n) != rec.Bytes || rec.Bytes != rec.CountedBytes || rec.Records != lines {
		t.Errorf("no generation is %s", r.Value)
	}
	first, last := data[*rec.Partition][*rec.FirstOffset], data[*rec.Partition][*rec.LastOffset]
	if !strings.Contains(first, " line 0 ") || !strings.Contains(last, fmt.Sprintf(" line %d ", lines-1)) {
		t.Errorf("%s: the records there are %q and %q", r.Value, first, last)
	}
}

func rotatedFiles(t *testing.T, live string) int {
	t.Helper()
	list, err := filepath.Glob(live + ".*")
	must(t, err)
	return len(list)
}
