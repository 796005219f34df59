package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"shipper": func() { os.Exit(Main(os.Args[1:])) },
	})
}

// TestScripts runs the program itself; testscript.Params.UpdateScripts is set by
// UPDATE=1 in the environment.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"expand":     expand,
			"kafkahas":   kafkaHas,
			"setid":      setID,
			"kafka":      kafkaCluster,
			"waitfile":   waitFile,
			"eventually": eventually,
			"unend":      unend,
		},
	})
}
