package value

import (
	"strings"
	"sync"
	"testing"

	"shipper/agent/config/diag"
)

func TestTemplate(t *testing.T) {
	group := newTemplate([]part{{text: "a."}, {variable: groupVariable, text: "app"}}, `"a.${match.app}"`, diag.Position{File: "x.hcl", Line: 3, Column: 4})
	if group.Constant || !group.PerFile() {
		t.Error("a text with a group is not the same for every file")
	}
	if _, err := group.Eval(Vars{Path: "/a\n/b"}); err == nil || !strings.Contains(err.Error(), `"/a\n/b" does not match`) {
		t.Errorf("no match: %v", err)
	}
	// Bytes that are no UTF-8, and a decomposed é, come out as they went in.
	for _, raw := range []string{"\xff\xfe", "e\u0301", ""} {
		if s, err := group.Eval(Vars{Match: map[string]string{"app": raw}}); s != "a."+raw || err != nil {
			t.Errorf("%q became %q, %v", raw, s, err)
		}
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				_, _ = group.Eval(Vars{Match: map[string]string{"app": "x"}})
			}
		})
	}
	wg.Wait()
}
