package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"shipper/agent/config/diag"
)

// FuzzLoad feeds any text to everything behind the reading of files: it must
// not panic, must report what it reports at lines that exist, and must print
// it without control characters.
func FuzzLoad(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.hcl", "testdata/good/*.hcl", "../../conf.d/*.hcl"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
		}
	}
	archives, _ := filepath.Glob("testdata/trees/*.txtar")
	for _, archive := range archives {
		a, err := txtar.ParseFile(archive)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := newDecoder()
		d.add(diag.NewSource("main.hcl", []byte(text)))
		cfg, found := d.config()
		if (cfg == nil) != found.HasErrors() {
			t.Fatalf("configuration %v with %v", cfg, found)
		}
		for _, x := range found {
			if x.Line < 0 || x.Line > strings.Count(text, "\n")+1 {
				t.Errorf("%v: there is no such line", x)
			}
			for _, s := range []string{x.Summary, x.Source, x.Marks} {
				if strings.ContainsAny(s, "\x1b\n\r\x00\x07\u009b") {
					t.Errorf("control character in %q", s)
				}
			}
		}
		if cfg == nil {
			return
		}
		for _, in := range cfg.Inputs {
			for _, x := range []*Template{in.Stream, in.Topic, in.Key} {
				if x != nil {
					_, _ = x.Eval(Vars{Path: text})
				}
			}
		}
	})
}

// TestSecretsNeverLeak puts a password and a key into every place and mistake
// that comes to mind, and looks for them in what is printed.
func TestSecretsNeverLeak(t *testing.T) {
	const password, key = "hunter2-correct-horse", "MIIEvQIBADANBgkqhkiG9w0BAQ"
	sasl := func(s string) string {
		return "output \"kafka\" \"a\" {\n  brokers = [5]\n  sasl {\n    mechanism = \"x\"\n" + s + "\n  }\n}\n"
	}
	tls := func(s string) string {
		return "output \"kafka\" \"a\" {\n  brokers = [5]\n  tls {\n    ca = 5\n" + s + "\n  }\n}\n"
	}
	texts := map[string]string{
		"literal":          sasl(`    password = "@P"`),
		"misspelt":         sasl(`    pasword = "@P"`),
		"misspelt more":    sasl(`    passwd = "@P"`),
		"upper case":       sasl(`    PASSWORD = "@P"`),
		"other name":       sasl(`    sasl_secret = "@P"`),
		"unquoted":         sasl(`    password = @P`),
		"unquoted call":    sasl(`    password = @P("@P")`),
		"unknown function": sasl(`    password = base64("@P")`),
		"not closed":       sasl(`    password = "@P`),
		"not opened":       sasl(`    password = @P"`),
		"single quotes":    sasl(`    password = '@P'`),
		"twice":            sasl("    password = \"@P\"\n    password = \"@P\""),
		"no equals":        sasl("    password \"@P\""),
		"colon":            sasl(`    password: "@P"`),
		"quoted key":       sasl(`    "password" = "@P"`),
		"in a list":        sasl(`    password = ["@P"]`),
		"in brackets":      sasl("    password = (\n\"@P\"\n)"),
		"in a map":         sasl("    password = {\n a = \"@P\"\n}"),
		"next line":        sasl("    password =\n\"@P\""),
		"joined":           sasl(`    password = "a${env("SHIPPER_TEST_UNSET")}@P"`),
		"with a variable":  sasl(`    password = "${host}@P"`),
		"added":            sasl(`    password = "@P" + 1`),
		"here document":    sasl("    password = <<EOT\n@P\nEOT"),
		"open document":    sasl("    password = <<EOT\n@P\n"),
		"outside":          "output \"kafka\" \"a\" {\n  password = \"@P\"\n}\n",
		"top":              "password = \"@P\"\n",
		"as a map":         "output \"kafka\" \"a\" {\n  sasl = { username = \"u\", password = \"@P\" }\n}\n",
		"one line":         "output \"kafka\" \"a\" {\n  sasl { password = \"@P\" }\n}\n",
		"as env":           sasl(`    password = env("X"` + "\n    secret = \"@P\""),
		"broken before":    "output \"kafka\" \"a\" {\n  brokers = [\"\n  sasl {\n password = \"@P\"\n}\n}\n",
		"key":              tls(`    key = "@K"`),
		"key in PEM":       tls(`    key = "-----BEGIN PRIVATE KEY-----\n@K\n-----END PRIVATE KEY-----"`),
		"key in document":  tls("    key = <<EOT\n-----BEGIN RSA PRIVATE KEY-----\n@K\n-----END RSA PRIVATE KEY-----\nEOT"),
		"key, broken":      tls("    key = <<EOT\n-----BEGIN PRIVATE KEY-----\n@K\n"),
		"key elsewhere":    "output \"kafka\" \"a\" {\n  tls_key = \"@K\"\n  brokers = [\"-----BEGIN PRIVATE KEY-----@K\"]\n}\n",
		"key unquoted":     tls(`    key = @K`),
		"key twice":        tls("    key = \"@K\"\n    key = \"@K\""),
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			text = strings.NewReplacer("@P", password, "@K", key).Replace(text)
			d := newDecoder()
			d.add(diag.NewSource("main.hcl", []byte(text)))
			_, found := d.config()
			var b strings.Builder
			if err := found.Write(&b); err != nil {
				t.Fatal(err)
			}
			if !found.HasErrors() {
				t.Fatal("no error, so nothing was tested")
			}
			for _, part := range []string{"hunter2", "correct", "horse", key[:8], key[10:]} {
				if strings.Contains(b.String(), part) {
					t.Errorf("%s\nis reported with its secret:\n%s", text, b.String())
				}
			}
		})
	}
}

// TestDeep: nesting that would use up the stack is an error.
func TestDeep(t *testing.T) {
	for _, s := range []string{"[", "{", "(", "-", "!", "1+", "true ? 1 : ", "\"${", "a(", "${", "a {\n", "a[", "!(", "<<A\n${", "%{if "} {
		text := "agent {\n  lanes = " + strings.Repeat(s, 40_000/len(s))
		d := newDecoder()
		d.add(diag.NewSource("main.hcl", []byte(text)))
		if _, found := d.config(); !found.HasErrors() {
			t.Errorf("%q nested without end is no error", s)
		}
	}
}
