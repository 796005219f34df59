package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"shipper/testing/mutants/table"
)

func main() {
	tree := flag.String("tree", ".", "root of the tree to be sabotaged in a copy")
	only := flag.String("run", "", "regular expression of the sabotages to apply")
	list := flag.Bool("list", false, "only look whether every line is found")
	workers := flag.Int("parallel", 2, "sabotages tried at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *tree, *only, *list, *workers); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, tree, only string, list bool, workers int) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("read -run: %w", err)
	}
	begun := time.Now()
	var chosen []table.Sabotage
	var missing []error
	for _, m := range table.All {
		if !wanted.MatchString(m.Name) {
			continue
		}
		if _, err := find(tree, &m); err != nil {
			missing = append(missing, err)
		}
		chosen = append(chosen, m)
	}
	if err := errors.Join(missing...); err != nil {
		return err
	}
	if list {
		fmt.Printf("%d sabotages, every line found\n", len(chosen))
		return nil
	}
	survived, err := tryAll(ctx, tree, chosen, workers)
	if err != nil {
		return err
	}
	fmt.Printf("%d of %d sabotages killed in %d s\n", len(chosen)-survived, len(chosen), int(time.Since(begun).Seconds()))
	if survived > 0 {
		return fmt.Errorf("%d sabotages survived: the tests do not hold these rules", survived)
	}
	return nil
}

// tryAll tries the sabotages in copies of the tree, one a worker.
func tryAll(ctx context.Context, tree string, chosen []table.Sabotage, workers int) (survived int, err error) {
	var (
		next   atomic.Int64
		group  sync.WaitGroup
		mu     sync.Mutex
		errs   []error
		report = func(m *table.Sabotage, v verdict, took time.Duration, err error) {
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", m.Name, err))
				return
			}
			if v == survives {
				survived++
			}
			fmt.Printf("%-8s %3.0f s  %s\n", v, took.Seconds(), m.Name)
		}
	)
	for range max(1, min(workers, len(chosen))) {
		dir, err := os.MkdirTemp("", "shipper-mutants-")
		if err != nil {
			return 0, err
		}
		defer func() { _ = os.RemoveAll(dir) }() // the system clears its temporary files
		if err := copyTree(tree, dir); err != nil {
			return 0, fmt.Errorf("copy %s: %w", tree, err)
		}
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(chosen) {
					return
				}
				at := time.Now()
				v, err := try(ctx, dir, &chosen[i])
				report(&chosen[i], v, time.Since(at), err)
			}
		})
	}
	group.Wait()
	return survived, errors.Join(append(errs, ctx.Err())...)
}

// verdict is what became of a sabotage.
type verdict string

const (
	killed   verdict = "killed"
	survives verdict = "SURVIVED"
)

// limit is how long the tests may take that a sabotage is given to.
const limit = 90 * time.Second

// errSlow says that a time-out proves nothing.
var errSlow = errors.New("its tests do not end in time even where nothing is broken: name fewer of them, or try on a quieter machine")

// try applies one sabotage to the copy in dir, runs its tests, and undoes it. A
// test that hangs counts as red if it does not hang on the sound tree.
func try(ctx context.Context, dir string, m *table.Sabotage) (verdict, error) {
	v, hung, err := tryOnce(ctx, dir, m)
	if err != nil || !hung {
		return v, err
	}
	if out, late := runTests(ctx, dir, m); late != nil {
		return "", fmt.Errorf("%w\n%s", errSlow, out[max(0, len(out)-2000):])
	}
	return killed, nil
}

func tryOnce(ctx context.Context, dir string, m *table.Sabotage) (v verdict, hung bool, err error) {
	at, err := find(dir, m)
	if err != nil {
		return "", false, err
	}
	sound, err := os.ReadFile(at.path)
	if err != nil {
		return "", false, err
	}
	broken := string(sound[:at.start]) + m.New + string(sound[at.end:])
	if err := os.WriteFile(at.path, []byte(broken), 0o644); err != nil {
		return "", false, err
	}
	defer func() { _ = os.WriteFile(at.path, sound, 0o644) }() // a copy; find tells if this failed
	if out, err := command(ctx, dir, "go", "build", "./...").CombinedOutput(); err != nil {
		return "", false, fmt.Errorf("does not compile: %w\n%s", err, out)
	}
	out, err := runTests(ctx, dir, m)
	switch {
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return "", false, fmt.Errorf("its tests do not compile:\n%s", out)
	case err == nil && !anyRan(out):
		return "", false, fmt.Errorf("no test matches %q", m.Run)
	case err == nil:
		return survives, false, nil
	}
	return killed, errors.Is(err, context.DeadlineExceeded) || strings.Contains(out, "test timed out after"), nil
}

// anyRan tells by what green tests have said whether a package had one to run.
func anyRan(out string) bool {
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "ok") && !strings.Contains(line, "no tests to run") {
			return true
		}
	}
	return false
}

// runTests runs the tests of a sabotage on the tree as it is.
func runTests(ctx context.Context, dir string, m *table.Sabotage) (output string, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit+10*time.Second) // the tests' own limit names the one that hangs
	defer cancel()
	args := []string{"test", "-count=1", "-failfast", "-vet=off", "-timeout", limit.String()}
	if m.Run != "" {
		args = append(args, "-run", m.Run)
	}
	out, err := command(ctx, dir, "go", append(args, m.Tests...)...).CombinedOutput()
	return string(out), errors.Join(err, ctx.Err())
}

// command runs in dir, and takes with it what it started when ctx ends.
func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// place is where the line of a sabotage is, without indentation and newline.
type place struct {
	path       string
	start, end int
}

// find returns the one place below m.In where m.Old is a line, behind m.After if
// there is one.
func find(tree string, m *table.Sabotage) (place, error) {
	var found []place
	root := filepath.Join(tree, m.In)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found = append(found, matches(path, string(src), m)...)
		return nil
	})
	if err != nil {
		return place{}, fmt.Errorf("look for the line of %q: %w", m.Name, err)
	}
	if len(found) != 1 {
		return place{}, fmt.Errorf("the line of %q is found %d times in %s, not once: %s", m.Name, len(found), m.In, m.Old)
	}
	return found[0], nil
}

// matches are all places of the line in a source; with m.After only the first
// one behind it.
func matches(path, src string, m *table.Sabotage) []place {
	var found []place
	armed := m.After == ""
	at := 0
	for line := range strings.Lines(src) {
		text := strings.TrimSpace(line)
		switch {
		case !armed:
			armed = text == m.After
		case text == m.Old:
			start := at + strings.Index(line, text)
			found = append(found, place{path, start, start + len(text)})
			armed = m.After == ""
		}
		at += len(line)
	}
	return found
}

// copyTree copies what the tests of a tree need.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == ".git" || rel == ".cache" || rel == "dist" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
}
