package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list` says about one package.
type pkg struct {
	ImportPath string
	Name       string
	Dir        string
	Doc        string
	GoFiles    []string
	Imports    []string
	Standard   bool
	Module     *struct {
		Path string
		Main bool
	}
}

// rel is the package's place in the tree: "" for main.go's, "agent/cli".
func (p *pkg) rel() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "shipper"), "/")
}

// list runs go list in the module's root. It needs no other package to compile.
func list(t *testing.T, args ...string) []*pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Name,Dir,Doc,GoFiles,Imports,Standard,Module"}, args...)...)
	cmd.Dir = root(t)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v\n%s", args, err, stderr.Bytes())
	}
	var pkgs []*pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(pkg)
		err := dec.Decode(p)
		if errors.Is(err, io.EOF) {
			return pkgs
		}
		if err != nil {
			t.Fatalf("go list %v: %v", args, err)
		}
		pkgs = append(pkgs, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// imports is the plan's table: what a package may import of this project. A
// name ending in /... stands for everything below it. Tests are free to
// import what they like.
var imports = map[string][]string{
	"":                           {"agent/cli"},
	"agent/check":                {"agent/config", "agent/host", "agent/parts", "agent/status/access", "inputs/logfile", "inputs/logfile/calls", "outputs"},
	"agent/cli":                  {"agent/cli/..."},
	"agent/cli/offsets":          {"agent", "agent/cli/verb", "agent/explain/look", "agent/host", "agent/routes", "agent/status", "checkpoint", "checkpoint/edit"},
	"agent/cli/records":          {"agent/cli/verb", "agent/progress", "agent/prove", "agent/quarantine", "agent/replay", "agent/restore", "agent/restore/ship", "agent/status", "agent/verify"},
	"agent/cli/service":          {"agent", "agent/cli/verb", "agent/config", "agent/drain", "agent/reload", "agent/status"},
	"agent/cli/setup":            {"agent/check", "agent/cli/verb", "agent/config", "agent/config/format", "agent/explain", "agent/parts", "agent/status", "outputs"},
	"agent/cli/verb":             {"agent/config", "agent/logrotate"},
	"agent/cli/views":            {"agent/cli/verb", "agent/config", "agent/explain", "agent/match", "agent/parts", "agent/preview", "agent/status", "agent/status/verdict", "agent/top", "agent/top/model"},
	"agent":                      {"agent/audit", "agent/config", "agent/config/compare", "agent/drain", "agent/failover/...", "agent/guard", "agent/host", "agent/memory", "agent/parts", "agent/pipeline", "agent/reload", "agent/routes", "agent/runway", "agent/status/...", "agent/stored", "inputs/logfile/...", "checkpoint"},
	"agent/audit":                {"inputs", "inputs/logfile/...", "outputs"},
	"agent/pick":                 {"agent/config", "agent/match", "agent/parts", "inputs/logfile"},
	"agent/columns":              {},
	"agent/config":               {"agent/config/..."},
	"agent/config/block":         {"agent/config/diag", "agent/config/value"},
	"agent/config/compare":       {"agent/config/diag"},
	"agent/config/diag":          {},
	"agent/config/format":        {},
	"agent/config/kafka":         {"agent/config/block", "agent/config/diag", "agent/config/rule", "agent/config/s3", "agent/config/value"},
	"agent/config/rule":          {"agent/config/diag"},
	"agent/config/logfile":       {"agent/config/block", "agent/config/diag", "agent/config/kafka", "agent/config/rule", "agent/config/value"},
	"agent/config/local":         {"agent/config/block", "agent/config/rule", "agent/config/value"},
	"agent/config/s3":            {"agent/config/block", "agent/config/rule", "agent/config/value"},
	"agent/config/serve":         {"agent/config/block", "agent/config/diag", "agent/config/rule", "agent/config/value"},
	"agent/config/value":         {"agent/config/diag"},
	"agent/drain":                {"agent/status", "inputs/logfile"},
	"agent/explain":              {"agent/config", "agent/explain/look", "agent/parts", "agent/logrotate", "agent/match", "agent/status", "agent/stored", "inputs/...", "outputs", "checkpoint/..."},
	"agent/explain/look":         {"agent/stored", "checkpoint", "inputs/logfile", "inputs/logfile/proofs", "inputs/logfile/vfs"},
	"agent/failover":             {"agent/failover/objects", "agent/stored", "checkpoint", "inputs", "inputs/logfile/...", "outputs", "outputs/s3/..."},
	"agent/failover/objects":     {"inputs", "inputs/logfile/vfs", "outputs/s3/object"},
	"agent/failover/recall":      {"agent/failover", "agent/stored", "checkpoint", "inputs", "inputs/logfile", "outputs/s3", "outputs/s3/object", "outputs/s3/rivals"},
	"agent/guard":                {"agent/config", "agent/failover/...", "agent/pipeline", "agent/routes", "agent/status", "agent/stored", "checkpoint"},
	"agent/host":                 {"checkpoint/..."},
	"agent/logrotate":            {},
	"agent/match":                {"agent/config", "inputs/logfile/names"},
	"agent/backoff":              {"outputs"},
	"agent/memory":               {"agent/config", "outputs"},
	"agent/overdue":              {},
	"agent/parts":                {"agent/audit", "agent/config", "inputs/logfile/...", "outputs/..."},
	"agent/pipeline":             {"agent/audit", "agent/failover", "agent/pipeline/...", "agent/routes", "agent/status", "checkpoint", "inputs/logfile", "outputs", "outputs/quarantine"},
	"agent/pipeline/lanes":       {"agent/backoff", "agent/failover", "agent/overdue", "agent/pipeline/queue", "agent/poison", "agent/routes", "agent/stored", "checkpoint", "inputs", "inputs/logfile", "inputs/logfile/tally", "outputs", "outputs/quarantine"},
	"agent/pipeline/queue":       {"agent/failover", "agent/poison", "agent/routes", "agent/runway", "agent/status", "agent/stored", "checkpoint", "inputs", "inputs/logfile", "outputs"},
	"agent/poison":               {"inputs", "outputs"},
	"agent/preview":              {"agent/config", "agent/status", "inputs", "inputs/logfile/split"},
	"agent/reload":               {"agent/config", "agent/config/compare", "agent/parts", "agent/status"},
	"agent/progress":             {},
	"agent/prove":                {"agent/config", "agent/host", "agent/parts", "agent/pick", "agent/stored", "agent/verify", "checkpoint", "inputs", "inputs/logfile", "outputs", "outputs/quarantine", "outputs/s3/..."},
	"agent/replay":               {"agent", "agent/config", "agent/host", "agent/parts", "agent/pick", "agent/stored", "agent/verify", "checkpoint", "inputs", "inputs/logfile", "outputs"},
	"agent/restore":              {"agent/config", "agent/parts", "agent/replay", "agent/restore/cut", "checkpoint", "inputs", "outputs", "outputs/s3/..."},
	"agent/restore/cut":          {"inputs"},
	"agent/restore/ship":         {"agent/backoff", "agent/config", "agent/host", "agent/parts", "agent/replay", "agent/restore/...", "agent/stored", "checkpoint", "inputs", "outputs", "outputs/quarantine", "outputs/s3"},
	"agent/routes":               {"agent/config", "agent/failover", "agent/runway", "agent/status", "checkpoint", "inputs/logfile"},
	"agent/runway":               {"agent/status", "inputs/logfile"},
	"agent/quarantine":           {"agent/config", "agent/host", "agent/parts", "agent/status", "outputs", "outputs/quarantine"},
	"agent/status":               {"agent/columns", "agent/status/access", "outputs"},
	"agent/status/access":        {},
	"agent/status/metrics":       {"agent/status"},
	"agent/status/page":          {"agent/status"},
	"agent/status/profiles":      {},
	"agent/status/verdict":       {"agent/status"},
	"agent/stored":               {"checkpoint", "inputs/logfile/..."},
	"agent/top":                  {"agent/status", "agent/top/keys", "agent/top/model"},
	"agent/top/keys":             {},
	"agent/top/model":            {"agent/columns", "agent/status", "agent/status/verdict", "agent/top/keys", "agent/top/rates", "agent/top/words"},
	"agent/top/rates":            {"agent/status"},
	"agent/top/words":            {"agent/status"},
	"agent/verify":               {"inputs", "inputs/logfile", "outputs"},
	"inputs":                     {},
	"inputs/logfile":             {"inputs", "inputs/logfile/..."},
	"inputs/logfile/absent":      {"inputs", "inputs/logfile/proofs", "inputs/logfile/vfs"},
	"inputs/logfile/calls":       {},
	"inputs/logfile/descriptors": {"inputs/logfile/packed", "inputs/logfile/vfs"},
	"inputs/logfile/discovery":   {"inputs/logfile/calls", "inputs/logfile/names", "inputs/logfile/notices", "inputs/logfile/trouble", "inputs/logfile/vfs"},
	"inputs/logfile/lineage":     {"inputs/logfile/names"},
	"inputs/logfile/names":       {},
	"inputs/logfile/notices":     {},
	"inputs/logfile/packed":      {"inputs/logfile/vfs"},
	"inputs/logfile/disposal":    {"inputs/logfile/vfs"},
	"inputs/logfile/held":        {},
	"inputs/logfile/proofs":      {"inputs/logfile/split", "inputs/logfile/tally", "inputs/logfile/vfs"},
	"inputs/logfile/provenance":  {"inputs/logfile/packed", "inputs/logfile/proofs", "inputs/logfile/vfs"},
	"inputs/logfile/settings":    {"inputs", "inputs/logfile/held", "inputs/logfile/split"},
	"inputs/logfile/part":        {"inputs/logfile/split", "inputs/logfile/vfs"},
	"inputs/logfile/shown":       {},
	"inputs/logfile/split":       {"inputs"},
	"inputs/logfile/tally":       {},
	"inputs/logfile/trouble":     {},
	"inputs/logfile/vfs":         {},
	"inputs/logfile/waiting":     {},
	"inputs/logfile/window":      {"inputs", "inputs/logfile/proofs", "inputs/logfile/split", "inputs/logfile/vfs"},
	"outputs":                    {"inputs"},
	"outputs/envelope":           {"inputs"},
	"outputs/outputtest":         {"inputs", "outputs"},
	"outputs/s3":                 {"inputs", "outputs", "outputs/s3/object"},
	"outputs/s3/object":          {"inputs"},
	"outputs/s3/rivals":          {"inputs", "outputs/s3", "outputs/s3/object"},
	"outputs/kafka":              {"inputs", "outputs", "outputs/kafka/..."},
	"outputs/kafka/broker":       {"outputs", "outputs/kafka/codes", "outputs/kafka/wire"},
	"outputs/kafka/check":        {"outputs", "outputs/kafka/broker", "outputs/kafka/cluster", "outputs/kafka/codes", "outputs/kafka/demand", "outputs/kafka/wire"},
	"outputs/kafka/cluster":      {"outputs", "outputs/kafka/broker", "outputs/kafka/codes", "outputs/kafka/settings", "outputs/kafka/wire", "outputs/kafka/demand"},
	"outputs/kafka/codes":        {"outputs"},
	"outputs/kafka/demand":       {},
	"outputs/kafka/rate":         {"outputs"},
	"outputs/kafka/reader":       {"inputs", "outputs", "outputs/kafka/broker", "outputs/kafka/cluster", "outputs/kafka/codes", "outputs/kafka/wire"},
	"outputs/kafka/recordbatch":  {"inputs", "outputs", "outputs/envelope"},
	"outputs/kafka/rejection":    {"outputs", "outputs/kafka/codes"},
	"outputs/kafka/settings":     {"outputs/kafka/codes", "outputs/kafka/wire", "outputs/kafka/demand"},
	"outputs/kafka/spread":       {},
	"outputs/kafka/topics":       {"outputs/kafka/codes", "outputs/kafka/wire"},
	"outputs/kafka/wire":         {"outputs", "outputs/kafka/codes"},
	"outputs/quarantine":         {"inputs", "outputs"},
	"outputs/local":              {"inputs", "outputs", "outputs/envelope"},
	"checkpoint":                 {"checkpoint/disk", "checkpoint/frame"},
	"checkpoint/disk":            {},
	"packaging/pages":            {"agent/cli"},
	"checkpoint/edit":            {"checkpoint"},
	"checkpoint/frame":           {},
}

// onlyImporters says which packages alone may know a library.
var onlyImporters = map[string]string{
	"github.com/hashicorp/hcl/v2": "agent/config/...",
	"github.com/zclconf/go-cty":   "agent/config/value",
	"github.com/IBM/sarama":       "outputs/kafka/settings",
	"github.com/spf13/cobra":      "agent/cli/...",
	"github.com/nxadm/tail":       "agent/preview",
	"github.com/aws":              "outputs/s3",
	"github.com/prometheus":       "agent/status/metrics",
}

func matches(pattern, name string) bool {
	if dir, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == dir || strings.HasPrefix(name, dir+"/")
	}
	return pattern == name
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range list(t, "./...") {
		if strings.HasPrefix(p.rel(), "testing/") {
			continue // tests may know everything; TestProductKnowsNoTests is the other half
		}
		if len(p.GoFiles) == 0 {
			continue
		}
		allowed, ok := imports[p.rel()]
		if !ok {
			t.Errorf("package %q is not in the table of imports; add it beside its neighbours", p.rel())
			continue
		}
		for _, imp := range p.Imports {
			name, ours := strings.CutPrefix(imp, "shipper/")
			if !ours {
				continue
			}
			if !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, name) }) {
				t.Errorf("%s imports %s; allowed are %q", p.ImportPath, imp, allowed)
			}
		}
	}
}

func TestLibrariesHaveOneImporter(t *testing.T) {
	for _, p := range list(t, "./...") {
		if strings.HasPrefix(p.rel(), "testing/") || p.rel() == "packaging/pages" { // not linked into the binary
			continue
		}
		for _, imp := range p.Imports {
			for lib, owner := range onlyImporters {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && !matches(owner, p.rel()) {
					t.Errorf("%s imports %s, which is for %s alone", p.ImportPath, imp, owner)
				}
			}
		}
	}
}

func TestProductKnowsNoTests(t *testing.T) {
	for _, p := range list(t, "-deps", ".") {
		if strings.HasPrefix(p.rel(), "testing/") || p.rel() == "outputs/outputtest" || p.ImportPath == "testing" {
			t.Errorf("%s is linked into the binary", p.ImportPath)
		}
	}
}

func TestTopLevel(t *testing.T) {
	allowed := []string{
		"agent", "inputs", "outputs", "checkpoint", "conf.d", "packaging", "testing",
		"go.mod", "go.sum", "README.md", "main.go", "Makefile", "LICENSE",
	}
	// What git tracks counts, so that a file left lying about fails nobody's
	// tests. Without git the directory itself is read.
	var names []string
	cmd := exec.Command("git", "ls-files", "-z")
	cmd.Dir = root(t)
	if out, err := cmd.Output(); err == nil {
		for name := range strings.SplitSeq(strings.TrimRight(string(out), "\x00"), "\x00") {
			top, _, _ := strings.Cut(name, "/")
			names = append(names, top)
		}
	} else {
		entries, err := os.ReadDir(root(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if !strings.HasPrefix(name, ".") && !slices.Contains(allowed, name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}

func TestEveryPackageIsDescribed(t *testing.T) {
	for _, p := range list(t, "./...") {
		if len(p.GoFiles) == 0 {
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		if p.Name != "main" && !slices.Contains(p.GoFiles, "doc.go") {
			t.Errorf("%s has no doc.go", p.ImportPath)
		}
	}
}

const (
	maxFileLines    = 400
	maxPackageLines = 1000
)

// lengthExceptions lists the files and packages that may be longer than the
// rule, each with its own limit and the reason why cutting it would not make it
// easier to read.
var lengthExceptions = map[string]struct {
	lines  int
	reason string
}{
	"agent":                {1282, "reload, replay and failover need the same parts"},
	"agent/pipeline/queue": {1320, "streams, shards and who is next are under one lock"},
	"checkpoint":           {2250, "one state, its writer, its loader and its file system: no part is of use to anybody else"},
	"inputs/logfile":       {5160, "identity, reading and the ends of generations work on the same files under one lock; what is a thing of its own is cut off already"},
}

// TestLength counts lines of code as an editor shows them. Tests are not
// counted, and neither is doc.go in its package: a format described byte by
// byte may take its room.
func TestLength(t *testing.T) {
	limit := func(name string, rule int) int {
		if e, ok := lengthExceptions[name]; ok {
			return e.lines
		}
		return rule
	}
	for _, p := range list(t, "./...") {
		total := 0
		for _, f := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.Count(src, []byte("\n"))
			name := filepath.ToSlash(filepath.Join(p.rel(), f))
			if lines > limit(name, maxFileLines) {
				t.Errorf("%s has %d lines, %d are allowed", name, lines, limit(name, maxFileLines))
			}
			if f != "doc.go" {
				total += lines
			}
		}
		if total > limit(p.rel(), maxPackageLines) {
			t.Errorf("package %s has %d lines, %d are allowed", p.rel(), total, limit(p.rel(), maxPackageLines))
		}
	}
}

// directModules lists the modules that packages of ours in the binary import
// themselves.
func directModules(t *testing.T) []string {
	t.Helper()
	deps := list(t, "-deps", ".")
	moduleOf := map[string]string{}
	for _, p := range deps {
		if p.Module != nil && !p.Module.Main {
			moduleOf[p.ImportPath] = p.Module.Path
		}
	}
	var mods []string
	for _, p := range deps {
		if p.Module == nil || !p.Module.Main {
			continue
		}
		for _, imp := range p.Imports {
			if m, ok := moduleOf[imp]; ok {
				mods = append(mods, m)
			}
		}
	}
	slices.Sort(mods)
	return slices.Compact(mods)
}

func TestDirectModules(t *testing.T) {
	const most = 22
	mods := directModules(t)
	t.Logf("%d direct modules: %s", len(mods), strings.Join(mods, " "))
	if len(mods) > most {
		t.Errorf("%d modules are linked directly, at most %d are allowed", len(mods), most)
	}
	readme := readFile(t, "README.md")
	for _, m := range mods {
		if !strings.Contains(readme, m) {
			t.Errorf("README.md gives no reason for %s", m)
		}
	}
}

// TestReadmeNamesRealTests keeps the promises of README.md tied to what proves
// them: every test that it names exists.
func TestReadmeNamesRealTests(t *testing.T) {
	have := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	err := filepath.WalkDir(root(t), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(src, -1) {
			have[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z]\w+`).FindAllString(readFile(t, "README.md"), -1) {
		if !have[name] {
			t.Errorf("README.md names %s, which does not exist", name)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
