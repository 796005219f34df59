package pipeline

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// pairs counts how often one action followed another.
type pairs struct {
	mu    sync.Mutex
	count map[[2]string]int
}

func (p *pairs) add(first, second string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count[[2]string{first, second}]++
}

// modelWorkers play plans side by side, each on its own files.
const modelWorkers = 4

// TestModel takes random actions of applications, rotators, disks and brokers
// against a model that knows what was written, what was destroyed when nobody
// could have read it, and in which order the rest is to arrive. The agent is the
// shipped code, on real files, with a clock that goes as fast as it is idle. What
// fails is told, with how to repeat it, and the others go on.
//
//	SHIPPER_TORTURE=1  10,000 plans at random instead of always the same hundred
//	SHIPPER_SEED=n     other plans
//	SHIPPER_PLANS=n    so many
//	SHIPPER_PLAN=FILE  that plan alone
func TestModel(t *testing.T) {
	if file := os.Getenv("SHIPPER_PLAN"); file != "" {
		playAlone(t, file)
		return
	}
	number := func(name string, otherwise int) int {
		text := os.Getenv(name)
		if text == "" {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	torture := os.Getenv("SHIPPER_TORTURE") != ""
	plans, seed := 100, 1
	if torture {
		plans, seed = 10_000, int(time.Now().UnixMicro())
	}
	plans, seed = number("SHIPPER_PLANS", plans), number("SHIPPER_SEED", seed)
	t.Logf("repeat all with: SHIPPER_SEED=%d SHIPPER_PLANS=%d", seed, plans)
	all, followed := rapid.Custom(planned), &pairs{count: map[[2]string]int{}}
	t.Run("plans", func(t *testing.T) {
		for w := range modelWorkers {
			t.Run(strconv.Itoa(w), func(t *testing.T) {
				t.Parallel()
				for i := w; i < plans; i += modelWorkers {
					p := all.Example(seed + i)
					if err := play(t, p, followed); err != nil {
						p, err = smaller(t, p, err)
						t.Errorf("plan %d: %v\nrepeat with: SHIPPER_PLAN=FILE go test -count=1 -run '^TestModel$' ./agent, where FILE holds\n%s"+
							"keep it in agent/testdata/model, where TestKeptPlans repeats it", i, err, p)
					}
				}
			})
		}
	})
	least, steps := 1<<30, 0
	for _, a := range actions {
		for _, b := range actions {
			n := followed.count[[2]string{a, b}]
			least, steps = min(least, n), steps+n
		}
	}
	t.Logf("%d plans, %d pairs of actions, each at least %d times", plans, steps, least)
	if torture && least < 100 {
		t.Errorf("some pair of actions happened %d times only", least)
	}
}

// planIn is the plan that a file holds.
func planIn(t *testing.T, file string) plan {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := parsePlan(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// playAlone plays the plan of a file many times, since goroutines take turns as they
// like.
func playAlone(t *testing.T, file string) {
	p := planIn(t, file)
	for range 50 {
		if err := play(t, p, nil); err != nil {
			p, err = smaller(t, p, err)
			t.Fatalf("%v\n%s", err, p)
		}
	}
}

// smaller leaves out of a plan that fails what it fails without.
func smaller(t *testing.T, p plan, err error) (plan, error) {
	try := func(q plan) bool {
		for range 4 {
			if e := play(t, q, nil); e != nil {
				p, err = q, e
				return true
			}
		}
		return false
	}
	for width := len(p.steps) / 2; width > 0; width /= 2 {
		for i := 0; i+width <= len(p.steps); {
			q := p
			q.steps = slices.Delete(slices.Clone(p.steps), i, i+width)
			if !try(q) {
				i += width
			}
		}
	}
	for i := range p.steps {
		for _, change := range []func(*step){
			func(s *step) { s.ambush = 0 }, func(s *step) { s.pause = 0 }, func(s *step) { s.n = 0 }, func(s *step) { s.log = 0 },
		} {
			q := p
			q.steps = slices.Clone(p.steps)
			if change(&q.steps[i]); q.steps[i] != p.steps[i] {
				try(q)
			}
		}
	}
	return p, err
}

// TestKeptPlans repeats plans that have failed once.
func TestKeptPlans(t *testing.T) {
	list, err := filepath.Glob("testdata/model/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p := planIn(t, file)
			for range 5 { // goroutines take turns as they like
				if err := play(t, p, nil); err != nil {
					t.Fatalf("%v", err)
				}
			}
		})
	}
}

// play carries a plan out and tells what is wrong.
func play(t *testing.T, p plan, followed *pairs) error {
	logs, err := os.MkdirTemp("", "shipper-model-")
	if err != nil {
		return err
	}
	state, err := os.MkdirTemp(memoryDir(), "shipper-model-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	defer os.RemoveAll(logs)
	var failure string
	synctest.Test(t, func(*testing.T) {
		w := newWorld(p, logs, state)
		defer w.close()
		w.play(followed)
		failure = w.failure
		if failure != "" && testing.Verbose() {
			failure += "\nlog:\n" + w.log.text.String()
		}
	})
	if failure != "" {
		return errors.New(failure)
	}
	return nil
}

// memoryDir is a directory in memory, if there is one: what is synced there costs
// nothing.
func memoryDir() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

func (w *world) play(followed *pairs) {
	w.start()
	w.pause(3 * time.Second)
	last := ""
	for _, s := range w.plan.steps {
		if w.failure != "" {
			break
		}
		w.step(s)
		if followed != nil && last != "" {
			followed.add(last, s.action)
		}
		last = s.action
	}
	w.mu.Lock()
	w.broker.mode, w.broker.trap = up, none
	w.mu.Unlock()
	w.start()
	w.pause(200 * time.Second)
	w.end(w.life)
	w.whole()
}

// step does what a step says, now or in the midst of what the agent does next.
func (w *world) step(s step) {
	if w.life == nil {
		if w.dead--; w.dead <= 0 {
			w.start()
		}
	}
	switch s.action {
	case "stop", "restart":
		if l := w.life; l != nil {
			w.end(l)
		}
		if s.action == "restart" {
			w.start()
		} else {
			w.dead = s.n % 5
		}
	case "kill":
		w.kill(s)
	default:
		w.mu.Lock()
		if s.ambush == 0 || w.life == nil {
			w.act(s)
		} else {
			w.ambush, w.waiting = s.ambush, func() { w.act(s) }
		}
		w.mu.Unlock()
	}
	w.pause(s.pause)
}

// kill ends the agent in the midst of an operation, or of a batch, or at rest.
func (w *world) kill(s step) {
	l := w.life
	if l == nil {
		w.dead = s.n % 5
		return
	}
	w.mu.Lock()
	if s.ambush > 0 {
		w.ambush, w.waiting = s.ambush, func() { w.kills++; w.broker.lastAgain(); w.crash(l) }
	} else {
		w.broker.trap = trap(s.n) % traps
	}
	w.mu.Unlock()
	w.pause(time.Second)
	w.mu.Lock()
	w.broker.trap = none
	w.ambush, w.waiting = 0, nil
	if !l.over {
		w.crash(l)
	}
	w.mu.Unlock()
	w.dead = s.n % 5
	w.end(l)
}

// act does what others than the agent do. Under mu.
func (w *world) act(s step) {
	m := w.logs[s.log]
	w.acted = time.Now()
	switch m.named(s.action) {
	case "append":
		m.appendTo(m.ensure(), s.n)
	case "partial":
		m.partial(s.n)
	case "late":
		m.late(s.n)
	case "rename":
		m.rotate(fmt.Sprintf("%s.gen%04d", m.path, m.ensure().number))
	case "shift":
		m.ensure()
		m.shift()
		m.rotate(m.path + ".1")
	case "dated":
		m.rotate(m.dated(m.ensure().number))
	case "symlink":
		if w.plan.symlinks {
			m.symlink()
		} else {
			m.rotate(m.dated(m.ensure().number))
		}
	case "hardlink":
		m.hardlink()
	case "compress":
		m.compress()
	case "recreate":
		m.remove()
		m.begin(m.path)
	case "move":
		m.move()
	case "copytruncate":
		m.copytruncate(s.n)
	case "truncate":
		m.truncate()
	case "regrow":
		m.regrow()
	case "delete":
		m.deleteOldest()
	case "down":
		w.broker.mode = 1 + mode(s.n)%(modes-1)
	case "up":
		w.broker.mode = up
	default:
		panic("no action " + s.action)
	}
}

// pause lets time go by, in growing steps, and announces what has happened. An
// action that still waits for the agent happens at its end.
func (w *world) pause(d time.Duration) {
	for left, slice := d, 5*time.Millisecond; ; slice = min(2*slice, time.Second) {
		w.mu.Lock()
		l := w.life // the agent itself may be what ends it
		w.mu.Unlock()
		if l != nil {
			l.announce.pump()
		}
		if left <= 0 {
			break
		}
		time.Sleep(min(slice, left))
		synctest.Wait()
		left -= slice
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if action := w.waiting; action != nil {
		w.ambush, w.waiting = 0, nil
		action()
	} else if w.life != nil && time.Since(w.acted) >= 3*time.Second && d >= 3*time.Second {
		w.settled()
	}
}
