package checkpoint

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shipper/checkpoint/frame"
)

// sample is a directory with two snapshots and logs that hold something, as a
// crash leaves it, and the states that it went through. It knows more files on
// request, each of them costs about 200 bytes.
func sample(t testing.TB, more int) (*crashFS, []State) {
	t.Helper()
	dir := newCrashFS()
	states := []State{newTable().state()}
	s := openCrash(dir)
	commit := func(c *Changes) {
		s.Commit(c)
		states = append(states, s.State())
	}
	c := full()
	for i := range more {
		c.Identities = append(c.Identities, identity(uint64(100+i)))
		c.Offsets = append(c.Offsets, offset(uint64(100+i), 1, int64(i)))
	}
	commit(c)
	commit(&Changes{Offsets: []Offset{offset(1, 1, 200)}})
	s.mu.Lock()
	s.limit = 0
	s.mu.Unlock()
	commit(&Changes{Offsets: []Offset{offset(1, 1, 300)}})
	synctest.Wait()
	commit(&Changes{Offsets: []Offset{offset(1, 1, 400)}, Forget: []uint64{3}})
	commit(&Changes{Offsets: []Offset{offset(1, 1, 500)}})
	killed := dir.afterKill()
	_ = s.Close()
	n := sortNames(slices.Collect(maps.Keys(killed.files)))
	if len(n.snapshots) != 2 || len(n.logs) != 2 {
		t.Fatalf("sample has %+v", n)
	}
	return killed, states
}

// damage opens a damaged directory and checks that the state is one that there
// was, that the store works on, and that no offset is ahead.
func damage(t testing.TB, what string, dir *crashFS, states []State) Report {
	t.Helper()
	s := openCrash(dir)
	got := s.State()
	if !slices.ContainsFunc(states, func(s State) bool { return reflect.DeepEqual(s, got) }) {
		t.Fatalf("%s: there was no such state: %+v\nreport %+v", what, got, s.Report())
	}
	s.Commit(&Changes{Identities: []Identity{identity(77)}, Offsets: []Offset{offset(77, 1, 1)}})
	if err := s.Close(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	l := load(dir)
	if l.table.generations[77] == nil || len(l.report.Problems) > 0 {
		t.Fatalf("%s: what was committed afterwards is lost: %+v", what, l.report)
	}
	return s.Report()
}

// TestDamage cuts every file at every byte and flips every bit of it. In `make
// torture` the files have several pages each.
func TestDamage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, states := sample(t, share(0, 30))
		n := 0
		for name, inode := range dir.files {
			whole := inode.seen
			for i := range whole {
				n++
				cut := dir.clone()
				cut.add(name, slices.Clone(whole[:i]))
				damage(t, fmt.Sprintf("%s cut at byte %d", name, i), cut, states)
				for bit := range 8 {
					n++
					flipped := dir.clone()
					flipped.files[name].seen[i] ^= 1 << bit
					r := damage(t, fmt.Sprintf("%s, bit %d of byte %d", name, bit, i), flipped, states)
					if r.Lost || r.Fresh {
						t.Fatalf("%s, bit %d of byte %d: report %+v", name, bit, i, r)
					}
				}
			}
		}
		t.Logf("%d damages", n)
		if n < share(5000, 80_000) {
			t.Fatal("too little happened")
		}
	})
}

// TestFallback: without its newest snapshot, the one before and both logs say
// the same.
func TestFallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, states := sample(t, 0)
		older := dir.clone()
		older.files[snapshotName(2)].seen[60] ^= 1
		last := states[len(states)-1]
		if l := load(older); !l.report.Fallback || !reflect.DeepEqual(l.table.state(), last) || l.report.Logs != 2 {
			t.Fatalf("fallback: %+v", l.report)
		}
		r := damage(t, "newest snapshot", older, states)
		if len(r.SetAside) != 1 || older.files[r.SetAside[0]] == nil {
			t.Fatalf("set aside: %+v", r)
		}
	})
}

// TestZeroedPages: every run of pages of every file reads as zeros, as file
// systems leave what they had promised room for and never wrote. A page is
// small in small files, so that there are many.
func TestZeroedPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, states := sample(t, 60)
		n := 0
		for _, page := range []int{16, 512, 4096} {
			for name, inode := range dir.files {
				pages := (len(inode.seen) + page - 1) / page
				longest := min(pages, max(1, 64*page/512)) // short runs of small pages only
				for first := range pages {
					for last := first; last < min(pages, first+longest); last++ {
						n++
						zeroed := dir.clone()
						b := zeroed.files[name].seen
						clear(b[first*page : min((last+1)*page, len(b))])
						damage(t, fmt.Sprintf("%s, pages %d to %d of %d bytes zeroed", name, first, last, page), zeroed, states)
					}
				}
			}
		}
		t.Logf("%d damages", n)
		if n < 2000 {
			t.Fatal("too little happened")
		}
	})
}

// TestExchangedFiles: files of one store under each other's names, or in the
// place of those of another store that has gone through other states. Nothing
// of the other store is taken for this one's unless it is a whole snapshot.
func TestExchangedFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, states := sample(t, 0)
		names := slices.Sorted(maps.Keys(dir.files))
		n := 0
		for _, a := range names {
			for _, b := range names {
				if a == b {
					continue
				}
				n += 2
				swapped := dir.clone()
				swapped.files[a], swapped.files[b] = swapped.files[b], swapped.files[a]
				damage(t, a+" and "+b+" swapped", swapped, states)
				copied := dir.clone()
				copied.add(b, slices.Clone(copied.files[a].seen))
				damage(t, a+" copied over "+b, copied, states)
			}
		}
		// Snapshot and logs of different moments: an old backup beside what came
		// after it, one file or several of them.
		time.Sleep(time.Hour)
		later := dir.clone()
		s := openCrash(later)
		for i := range int64(10) {
			s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 600+i)}})
			states = append(states, s.State())
			s.mu.Lock()
			s.limit = 0
			s.mu.Unlock()
			s.Commit(&Changes{Offsets: []Offset{offset(2, 1, 600+i)}})
			states = append(states, s.State())
			synctest.Wait()
		}
		mustClose(t, s)
		all := maps.Clone(dir.files)
		maps.Copy(all, later.files)
		names = slices.Sorted(maps.Keys(all))
		for set := range 1 << len(names) {
			n++
			mixed := newCrashFS()
			for i, name := range names {
				from := later.files[name]
				if set&(1<<i) != 0 {
					from = dir.files[name]
				}
				if from != nil {
					mixed.add(name, slices.Clone(from.seen))
				}
			}
			damage(t, fmt.Sprintf("mixture %b of %d files of two moments", set, len(names)), mixed, states)
		}
		t.Logf("%d damages", n)
		if n < 200 {
			t.Fatal("too little happened")
		}
	})
}

func TestEveryFileDamaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sampled, states := sample(t, 0)
		dir := sampled
		for round := range 5 {
			for _, inode := range dir.files {
				if len(inode.seen) > 4 {
					inode.seen[3] ^= 0xff
				}
			}
			r := damage(t, "everything", dir, states[:1])
			if !r.Lost || r.Fresh || r.Generations != 0 || len(r.SetAside) < 2 {
				t.Fatalf("round %d: report %+v", round, r)
			}
			time.Sleep(time.Hour)
		}
		times := map[int64]bool{}
		for name := range dir.files {
			if strings.Contains(name, damagedSuffix) {
				times[damagedAt(name)] = true
			}
		}
		if len(times) != keptDamaged {
			t.Fatalf("damaged files of %d times are kept", len(times))
		}
	})
}

func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	s.Commit(full())
	want := s.State()
	mustClose(t, s)
	f, err := os.OpenFile(filepath.Join(dir, logName(1)), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, _ := f.Stat()
	if _, err := f.WriteAt([]byte("\x30\x00\x00\x00half a frame"), info.Size()-4); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s = mustOpen(t, dir)
	defer mustClose(t, s)
	if r := s.Report(); r.TornBytes != 16 || r.Lost || len(r.SetAside) > 0 || !reflect.DeepEqual(s.State(), want) {
		t.Fatalf("report %+v", r)
	}
}

// newer rewrites the version in a header, with the right CRC.
func newer(b []byte) {
	b[8] = 2
	binary.LittleEndian.PutUint32(b[36:], crc32.Checksum(b[:36], crc32.MakeTable(crc32.Castagnoli)))
}

func TestFutureVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, states := sample(t, 0)
		one := dir.clone()
		newer(one.files[snapshotName(2)].seen)
		if r := damage(t, "newest snapshot of version 2", one, states); !r.Fallback || !strings.Contains(r.Problems[0], "version 2") {
			t.Fatalf("report %+v", r)
		}
		for _, inode := range dir.files {
			if len(inode.seen) > 40 {
				newer(inode.seen)
			}
		}
		if r := damage(t, "all of version 2", dir, states[:1]); !r.Lost {
			t.Fatalf("report %+v", r)
		}
	})
}

// TestUnknownThings is what a newer version may add without another format
// version: frames, records and fields.
func TestUnknownThings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newCrashFS()
		b := frame.AppendHeader(nil, frame.Snapshot, frame.Header{Number: 1, Base: frame.Position{Log: 1, Offset: frame.HeaderSize}})
		seed := frame.Seed(b)
		put := func(typ byte, payload []byte) {
			start := len(b)
			b = append(frame.Begin(b, typ), payload...)
			frame.Finish(b[start:], seed)
		}
		route := Route{1, "a", "kafka.b", "c", "d", 2}
		payload := appendRoute(nil, &route)
		payload = append(payload, "a new field"...)
		binary.LittleEndian.PutUint32(payload[1:], uint32(len(payload)-5))
		payload = append(beginRecord(payload, 200, 3), "new"...)
		put(frame.Changes, payload)
		put(0x11, []byte("not kept"))
		put(frame.Keep|0x11, []byte("kept"))
		b = newTable().appendSnapshot(b, seed)
		dir.add(snapshotName(1), b)
		for round := range 3 {
			s := openCrash(dir)
			if got := s.State().Routes; len(got) != 1 || got[1] != route {
				t.Fatalf("routes %+v", got)
			}
			if f := s.table.foreign; len(f) != 1 || string(f[0]) != "\x91kept" {
				t.Fatalf("round %d: foreign %q", round, f)
			}
			if r := s.Report(); round == 0 && r.Unknown != 3 || round > 0 && r.Unknown != 1 {
				t.Fatalf("round %d: report %+v", round, r)
			}
			mustClose(t, s)
		}
	})
}

// FuzzDecode feeds the loader with a log whose frames have good CRCs and a
// snapshot of any bytes. It must not panic, and what it accepts must come out
// the same after being written again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{}, byte(frame.Changes), []byte{})
	records := newTable().merge(full(), nil)
	f.Add(records, byte(frame.Changes), records)
	f.Add(records[:len(records)-3], byte(frame.Keep), []byte("\xff\xff\xff\xff"))
	snapshot := frame.AppendHeader(nil, frame.Snapshot, frame.Header{Number: 1, Base: frame.Position{Log: 1, Offset: frame.HeaderSize}})
	whole := newTable()
	whole.merge(full(), nil)
	f.Add(records, byte(7), whole.appendSnapshot(snapshot, frame.Seed(snapshot)))
	f.Fuzz(func(t *testing.T, payload []byte, typ byte, raw []byte) {
		b := append(frame.Begin(nil, typ), payload...)
		frame.Finish(b, 7)
		gotType, got, rest, err := frame.Next(b, 7)
		if err != nil || gotType != typ || string(got) != string(payload) || len(rest) != 0 {
			t.Fatalf("frame: %v", err)
		}
		if _, _, _, err := frame.Next(raw, 7); err == nil && len(raw) < frame.Overhead {
			t.Fatal("a frame of nothing")
		}
		table := newTable()
		if _, err := table.replay(typ, payload); err != nil && len(table.generations)+len(table.routes)+len(table.choices) > 0 {
			t.Fatal("part of a frame was applied")
		}
		for _, g := range table.generations {
			for _, w := range g.watermarks {
				if w.Offset < 0 {
					t.Fatal("an offset below 0")
				}
			}
		}
		table.dropBare()
		dir := newCrashFS()
		head := frame.AppendHeader(nil, frame.Snapshot, frame.Header{Number: 1, Base: frame.Position{Log: 1, Offset: frame.HeaderSize}})
		dir.add(snapshotName(1), table.appendSnapshot(head, frame.Seed(head)))
		dir.add(snapshotName(2), raw)
		dir.add(logName(1), append(frame.AppendHeader(nil, frame.Log, frame.Header{Number: 1, Base: frame.Position{}}), raw...))
		l := load(dir)
		if l.report.Snapshot == snapshotName(1) && !reflect.DeepEqual(l.table.state(), table.state()) {
			t.Fatalf("written %+v\nread %+v", table.state(), l.table.state())
		}
	})
}

// FuzzDirectory damages the files of a store in all ways that bytes describe,
// several at a time, and opens what is left: it must be a state that there was.
func FuzzDirectory(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 10, 1, 255, 1, 0, 20, 2, 7, 2, 0, 0, 3, 0})
	f.Add([]byte{4, 1, 1, 4, 2, 5, 0, 30, 5, 9})
	f.Fuzz(func(t *testing.T, text []byte) {
		synctest.Test(t, func(t *testing.T) {
			dir, states := sample(t, 0)
			names := slices.Sorted(maps.Keys(dir.files))
			for ; len(text) >= 5; text = text[5:] {
				name := names[int(text[0])%len(names)]
				at := int(text[1])<<8 | int(text[2])
				b := dir.files[name].seen
				if len(b) == 0 {
					continue
				}
				at %= len(b)
				switch text[3] % 6 {
				case 0:
					b[at] ^= text[4]
				case 1:
					dir.add(name, slices.Clone(b[:at]))
				case 2:
					clear(b[at:min(len(b), at+int(text[4]))])
				case 3:
					copy(b[at:], b[:int(text[4])%len(b)])
				case 4:
					other := names[int(text[4])%len(names)]
					dir.files[name], dir.files[other] = dir.files[other], dir.files[name]
				case 5:
					dir.add(name, slices.Concat(b[:at], []byte{text[4]}, b[at:]))
				}
			}
			damage(t, "fuzz", dir, states)
		})
	})
}
