package operate

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"shipper/testing/await"
	"shipper/testing/need"
	"shipper/testing/process"
)

var update = flag.Bool("update", false, "write the expected screens anew")

// terminal is a window of tmux with a shell in it.
type terminal struct {
	t      *testing.T
	socket string
}

// openTerminal makes one of 80 columns and 24 lines.
func openTerminal(t *testing.T, dir string) *terminal {
	t.Helper()
	if err := need.Programs(t.Context(), map[string]string{"tmux": "tmux"}); err != nil {
		t.Fatal(err)
	}
	w := &terminal{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	w.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-c", dir, "env", "PS1=$ ", "ENV=", "LC_ALL=C.UTF-8", "sh")
	t.Cleanup(func() { w.tmux("kill-server") })
	return w
}

func (w *terminal) tmux(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("tmux", append([]string{"-u", "-S", w.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=screen")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (w *terminal) press(keys ...string) {
	w.t.Helper()
	w.tmux(append([]string{"send-keys"}, keys...)...)
}

func (w *terminal) screen() string { return w.tmux("capture-pane", "-p") }

func (w *terminal) shows(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		await.OK(w.t, 2*time.Minute, func() error {
			if screen := w.screen(); !strings.Contains(screen, text) {
				return fmt.Errorf("%q is never shown, but\n%s", text, screen)
			}
			return nil
		})
	}
}

// changing is what differs from one run to the next: times, the agent's id, and
// what is cut off of paths.
var changing = regexp.MustCompile(`\d\d:\d\d:\d\d every \d+s|up \d+s|agent [0-9a-z-]{9,}…?|\b\d+s\b|\d+m\d\ds|…\S*`)

// compare holds the screen against a file, in which * stands for what changes.
func (w *terminal) compare(name string, hide map[string]string) {
	w.t.Helper()
	file := filepath.Join("testdata", "top-"+name+".txt")
	known := func() string {
		var lines []string
		for line := range strings.Lines(w.screen()) {
			for text, by := range hide {
				line = strings.ReplaceAll(line, text, by)
			}
			line = changing.ReplaceAllString(line, "*")
			lines = append(lines, strings.TrimRight(strings.Join(strings.Fields(line), " "), " "))
		}
		return strings.Join(lines, "\n") + "\n"
	}
	if *update {
		if err := os.WriteFile(file, []byte(known()), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	await.OK(w.t, 2*time.Minute, func() error {
		if got := known(); got != string(want) {
			return fmt.Errorf("%s is never shown, but\n%s\nin place of\n%s", file, got, want)
		}
		return nil
	})
}

// TestTopInTerminal shows every view of a live agent in a real terminal of 80
// columns and 24 lines, and ends it in three ways.
func TestTopInTerminal(t *testing.T) {
	shipper, err := process.Build("../..", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	far := t.TempDir()
	if err := os.WriteFile(filepath.Join(far, "far.log"), []byte(strings.Repeat("a line\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	l := start(t, fmt.Sprintf(unreachable, far))
	for i := range 30 {
		l.write(fmt.Sprintf("shop-%02d.log", i), strings.Repeat("a line of a log\n", 100*(i+1)))
	}
	l.write("\x1b[2J\x1b[31mred.log", "one\n")
	l.write("注文のログ.log", "one\n")
	await.True(t, 2*time.Minute, "all is shipped, and the brokers were tried", func() bool {
		s := l.get("/status.json")
		return strings.Contains(s, `"delivered_records": 46502`) && strings.Contains(s, "connection refused")
	})
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	hide := map[string]string{l.logs: "LOGS", far: "FAR", " on " + host + ",": " on HOST,"}
	w := openTerminal(t, filepath.Dir(l.config))
	w.press("echo before; stty -a >modes", "Enter")
	w.press(fmt.Sprintf("%s top --interval 100ms --config %s", shipper, l.config), "Enter")
	w.shows("[1 routes]", "far → kafka.away", "0 B/s, 0 records/s")
	w.compare("routes", hide)
	w.press("3")
	w.shows("[3 lanes]")
	w.compare("lanes", hide)
	w.press("4")
	w.shows("[4 outputs]")
	w.compare("outputs", hide)
	w.press("?")
	w.shows("any key goes on")
	w.compare("help", hide)
	w.press("x", "2", "s", "s", "s", "s") // by size
	w.shows("by size")
	w.shows("shop-29.log")
	w.press("PageDown", "Up")
	w.shows("> ")
	w.press("/", "red.log", "Enter")
	w.shows(`\x1b[2J\x1b[31mred.log`, "1–1 of 1")
	w.press("Escape")
	w.shows(" of 33", "by size")
	w.press("1", "Down", "Enter") // the files of the second route
	w.shows("of far → kafka.away", "far.log", "1–1 of 1")
	w.press("Enter")
	w.shows("ships it as part of the log", "1–")
	w.press("Escape", "Escape")
	w.shows(" of 33")

	for _, size := range [][2]int{{100, 30}, {60, 15}, {30, 8}, {80, 24}} { // dragged about
		w.tmux("resize-window", "-x", strconv.Itoa(size[0]), "-y", strconv.Itoa(size[1]))
		want := "q quit"
		if size[0] < 40 {
			want = "needs 40 × 10"
		}
		w.shows(want)
	}
	ends := map[string]func(){
		"q":       func() { w.press("q") },
		"ctrl-C":  func() { w.press("C-c") },
		"SIGTERM": func() { w.kill("TERM") },
	}
	for name, end := range ends {
		end()
		w.shows("$ ", "before") // what was there before it
		w.press("stty -a >modes2; cmp modes modes2 && echo same $((2+1))", "Enter")
		w.shows("same 3")
		w.press("clear; echo before", "Enter")
		w.press(fmt.Sprintf("%s top --config %s", shipper, l.config), "Enter")
		w.shows("[1 routes]")
		t.Logf("%s gives the terminal back", name)
	}
	w.press("C-z") // to the shell, and back
	w.shows("$ ", "before")
	w.press("fg", "Enter")
	w.shows("[1 routes]", "q quit")
	w.press("q")
	w.shows("$ ")
	out, err := exec.Command(shipper, "top", "--once", "--interval", "10ms", "--view", "files", "--config", l.config).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "far.log") || strings.Count(string(out), "\n") != 24 || strings.Contains(string(out), "\x1b") {
		t.Errorf("--once: %v\n%s", err, out)
	}
}

// kill sends a signal to what runs in the terminal.
func (w *terminal) kill(signal string) {
	w.t.Helper()
	shell := strings.TrimSpace(w.tmux("display-message", "-p", "#{pane_pid}"))
	out, err := exec.Command("sh", "-c", fmt.Sprintf("kill -%s $(cat /proc/%s/task/*/children)", signal, shell)).CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v\n%s", err, out)
	}
}
