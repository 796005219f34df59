package table

import "slices"

// Sabotage is one line of the tree and what breaks it. The line is found by its text
// in a directory and what is below it, so that moving code between files breaks nothing.
type Sabotage struct {
	Name  string
	In    string   // directory that the line is in, or below
	After string   // line that precedes it, if the line alone is not unique
	Old   string   // the line without indentation
	New   string   // what takes its place
	Tests []string // packages that are expected to object
	Run   string   // their tests, as for go test -run; "" is all
}

// All is the whole table.
var All = slices.Concat(agent, inputs, outputs, checkpoint)

var (
	agentTests   = []string{"./agent/pipeline"}
	kafkaTests   = []string{"./outputs/kafka/..."}
	storeTests   = []string{"./checkpoint"}
	hostTests    = []string{"./agent/host"}
	readingTests = []string{"./inputs/logfile/..."}
)

// endingTests are those of ending_test.go.
const endingTests = "Complet|Delet|Swapped|Late|Move|Killed|NameTaken|Retain"
