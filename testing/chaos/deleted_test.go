package chaos

import (
	"fmt"
	"os"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/workload"
)

// TestDeletedUnread deletes many files that nobody has read while the broker is
// down: only the agent's descriptors hold them.
func TestDeletedUnread(t *testing.T) {
	const files = 200
	var (
		bytes  = full(256<<20, 2<<30)
		outage = full(20*time.Second, time.Minute)
		names  []string
		apps   []*app
	)
	for i := range files {
		names = append(names, fmt.Sprintf("app%03d", i))
	}
	s := newSink(t, 4, names...)
	a := newAgent(t, s, config{})
	a.start()
	for _, name := range names {
		one := newApp(t, a.logs, name)
		one.open(one.path())
		one.write(lineBytes)
		apps = append(apps, one)
	}
	journals := func() (all []workload.Journal) {
		for _, one := range apps {
			all = append(all, one.written())
		}
		return all
	}
	await.True(t, time.Minute, "the first lines arrive", func() bool { return s.missing(journals()...) == 0 })
	s.Away()
	begun := time.Now()
	for _, one := range apps {
		one.write(bytes / files)
		info := one.info()
		await.True(t, time.Minute, "the agent holds the file", func() bool { return a.holds(info) })
		must(t, os.Remove(one.path()))
	}
	unread := int64(s.missing(journals()...)) * lineBytes
	var shown int64
	await.True(t, outage, "status shows the bytes that only the agent holds", func() bool {
		shown = 0
		if now := a.status(); now != nil {
			for i := range now.Files {
				if f := &now.Files[i]; f.State == "unlinked" {
					shown += f.Routes[0].LagBytes
				}
			}
		}
		return shown == unread
	})
	for time.Since(begun) < outage {
		a.mustRun()
		time.Sleep(50 * time.Millisecond)
	}
	s.Back()
	back := time.Now()
	deadline := back.Add(full(60*time.Second, 3*time.Minute))
	for s.missing(journals()...) > 0 && time.Now().Before(deadline) {
		a.mustRun()
		time.Sleep(50 * time.Millisecond)
	}
	took := time.Since(back)
	a.stop()
	result := s.result(journals()...)
	t.Logf("%d files deleted with %s unread, status showed %s; delivered %.1f s after the broker was back; peak memory %s; %s",
		files, mib(unread), mib(shown), took.Seconds(), mib(a.peak), result.String())
	if !result.OK() {
		t.Errorf("not whole: %v", result.Examples)
	}
	if unread < int64(bytes) {
		t.Errorf("too little happened: %d bytes unread", unread)
	}
	if a.peak > 80<<20 {
		t.Errorf("peak of resident memory is %s, 80 MiB are allowed", mib(a.peak))
	}
}
