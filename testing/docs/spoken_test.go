package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// event is what the agent logs, by its message.
type event struct {
	name   string
	level  string
	fields []string
	area   string // directory
}

// alarm tells whether a person ought to know.
func (e *event) alarm() bool { return e.level != "info" }

// source is all that the program's code says to people.
type source struct {
	events   map[string]*event
	refusals []string // what ends a command, or keeps something from being done
}

// spoken are events whose text is chosen from several, or made of words. Each of
// the texts stands in the code.
var spoken = []event{
	{"failover: FROM → TO", "info or warn", []string{"output", "partitions", "reason", "after"}, "agent/failover"},
	{"a complete file was deleted", "info", []string{"path", "generation", "bytes"}, "inputs/logfile"},
	{"a complete file was moved", "info", []string{"path", "generation", "bytes", "to"}, "inputs/logfile"},
	{
		"a file was truncated or replaced in place; it is read from its start", "warn",
		[]string{"path", "why", "generation", "offset", "size_before", "size", "cure", "bytes_lost"}, "inputs/logfile",
	},
}

// read parses the program's code.
func read(t *testing.T) *source {
	t.Helper()
	s := &source{events: map[string]*event{}}
	texts := map[string]bool{}
	for _, root := range []string{"agent", "inputs", "outputs", "checkpoint"} {
		err := filepath.WalkDir("../../"+root, func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() || d.Name() == "testdata" || d.Name() == "outputtest" {
				return err
			}
			files, err := filepath.Glob(dir + "/*.go")
			if err != nil {
				return err
			}
			p := pack{source: s, area: strings.TrimPrefix(dir, "../../"), constants: map[string]string{}, texts: texts}
			for _, file := range files {
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
				if err != nil {
					return err
				}
				p.files = append(p.files, f)
			}
			p.read()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range spoken {
		if first, _, _ := strings.Cut(e.name, "FROM"); !texts[first] {
			t.Errorf("%q is said nowhere", e.name)
		}
		s.events[e.name] = &e
	}
	slices.Sort(s.refusals)
	s.refusals = slices.Compact(s.refusals)
	return s
}

// pack is a package that is read.
type pack struct {
	*source
	area      string
	files     []*ast.File
	constants map[string]string
	texts     map[string]bool // all that stand in the code
}

func (p *pack) read() {
	p.each(func(n ast.Node) {
		if v, ok := n.(*ast.ValueSpec); ok {
			for i := range v.Names {
				if i < len(v.Values) {
					if text, ok := literal(v.Values[i]); ok {
						p.constants[v.Names[i].Name] = text
					}
				}
			}
			p.sentinels(v)
		}
		if e, ok := n.(ast.Expr); ok {
			if text, ok := literal(e); ok {
				p.texts[text] = true
			}
		}
	})
	p.each(func(n ast.Node) {
		if c, ok := n.(*ast.CallExpr); ok {
			p.call(c)
			p.failure(c)
		}
	})
}

func (p *pack) each(do func(ast.Node)) {
	for _, f := range p.files {
		ast.Inspect(f, func(n ast.Node) bool {
			do(n)
			return true
		})
	}
}

// sentinels are errors that others may meet.
func (p *pack) sentinels(v *ast.ValueSpec) {
	for i, name := range v.Names {
		if !strings.HasPrefix(name.Name, "Err") || i >= len(v.Values) {
			continue
		}
		if text, ok := made(v.Values[i]); ok {
			p.refusals = append(p.refusals, text)
		}
	}
}

// failure notes what a verb ends with; wrong command lines say all there is to say.
func (p *pack) failure(c *ast.CallExpr) {
	if base(c.Fun) != "Fail" || len(c.Args) != 2 || base(c.Args[0]) == "Usage" {
		return
	}
	if text, ok := made(c.Args[1]); ok {
		p.refusals = append(p.refusals, text)
	}
}

// base is a name without that of its package.
func base(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// call notes a call that logs.
func (p *pack) call(c *ast.CallExpr) {
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	at, level, more := 0, strings.ToLower(f.Sel.Name), []string(nil)
	switch f.Sel.Name {
	case "Info", "Warn", "Error":
	case "Log":
		at, level = 2, "info, warn or error"
	case "later":
		level = "warn"
	case "lost": // and the bytes are counted
		at, level, more = 1, "warn", []string{"bytes_lost"}
	case "letGo":
		at, level, more = 1, "warn", []string{"path", "offset", "size", "bytes_lost"}
	default:
		return
	}
	if len(c.Args) <= at {
		return
	}
	name, ok := literal(c.Args[at])
	if !ok {
		return
	}
	name = strings.ReplaceAll(name, "`", "'") // it stands in backticks
	e := p.events[name]
	if e == nil {
		e = &event{name: name, level: level, area: p.area}
		p.events[name] = e
	}
	for _, field := range append(p.fields(c.Args[at+1:]), more...) {
		if !slices.Contains(e.fields, field) {
			e.fields = append(e.fields, field)
		}
	}
}

// fields are the keys among the arguments of a call that logs. Those of a variable
// are not known.
func (p *pack) fields(args []ast.Expr) (all []string) {
	for i := 0; i < len(args); i++ {
		switch a := args[i].(type) {
		case *ast.CompositeLit:
			all = append(all, p.fields(a.Elts)...)
			continue
		case *ast.CallExpr:
			if f, ok := a.Fun.(*ast.Ident); ok && f.Name == "append" {
				all = append(all, p.fields(a.Args)...)
				continue
			}
		case *ast.Ident:
			if key, ok := p.constants[a.Name]; ok {
				all = append(all, key)
				i++
				continue
			}
		}
		if key, ok := literal(args[i]); ok {
			all = append(all, key)
			i++
		}
	}
	return all
}

// literal is the text of a constant expression.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		a, ok1 := literal(e.X)
		b, ok2 := literal(e.Y)
		return a + b, ok1 && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return literal(e.X)
	}
	return "", false
}

// made is the text of errors.New or fmt.Errorf.
func made(e ast.Expr) (string, bool) {
	c, ok := e.(*ast.CallExpr)
	if !ok || len(c.Args) == 0 {
		return "", false
	}
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "New" && f.Sel.Name != "Errorf" {
		return "", false
	}
	return literal(c.Args[0])
}
