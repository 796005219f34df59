package checkpoint

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestNewLogHasADurableName: a new log is written to while its snapshot can't be.
// What was committed to it outlives a loss of power 100 ms later, although no
// directory was synced since on behalf of the snapshot.
func TestNewLogHasADurableName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := newCrashFS()
		s := openCrash(dir)
		s.Commit(full())
		dir.setFail(func(op, name string) error {
			if op == "write" && name == spareSnapshot {
				return errors.New("no snapshot")
			}
			return nil
		})
		s.mu.Lock()
		before := s.current
		s.limit = 0 // as if the log were long
		s.mu.Unlock()
		wake(s.wakeKeeper)
		synctest.Wait()
		s.Commit(&Changes{Offsets: []Offset{offset(1, 1, 5000)}})
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		s.mu.Lock()
		changed := s.current != before
		s.mu.Unlock()
		if !changed {
			t.Fatal("the log is still the same")
		}
		after := load(dir.afterPowerLoss(nil))
		want := s.State()
		if got := after.table.state(); len(got.Generations) != len(want.Generations) || got.Generations[1].Watermarks[1] != want.Generations[1].Watermarks[1] {
			t.Errorf("after the loss of power %+v, want %+v; report %+v", got.Generations[1], want.Generations[1], after.report)
		}
		dir.setFail(nil)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestSnapshotIsNamedBeforeOthersGo: directory changes that were not synced may
// reach the disk in any order. When older files are given up, the new
// snapshot's name is durable.
func TestSnapshotIsNamedBeforeOthersGo(t *testing.T) {
	seed := newSeed(t)
	synctest.Test(t, func(t *testing.T) {
		whole := newCrashFS()
		workload(whole, seed)
		synctest.Wait()
		for op := 1; op <= whole.ops; op++ {
			dir := newCrashFS()
			dir.crashAt = op
			h := workload(dir, seed)
			synctest.Wait()
			if h.begun > h.returned {
				h.states = append(h.states, h.underWay(seed))
			}
			for missing := range dir.dirOps {
				kept := append(dir.dirOps[:missing:missing], dir.dirOps[missing+1:]...)
				other := &crashFS{files: dir.files, durable: dir.durable, dirOps: kept, free: -1}
				names := map[string]*crashInode{}
				for name, inode := range other.durable {
					names[name] = inode
				}
				for _, do := range kept {
					do(names)
				}
				other.durable, other.dirOps = names, nil
				l := load(other.afterPowerLoss(nil))
				if h.find(l.table.state(), h.synced()) < 0 {
					t.Fatalf("crash at operation %d, change %d of the directory lost: %d generations; report %+v",
						op, missing, len(l.table.generations), l.report)
				}
			}
		}
	})
}
