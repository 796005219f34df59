package packages

import (
	"fmt"
	"regexp"
	"testing"

	"shipper/testing/need"
)

// mostExposed is the score that the unit must not exceed; 10 is a service that
// may do everything.
const mostExposed = 1.8

var score = regexp.MustCompile(`exposure level for shipper.service: ([0-9.]+)`)

func TestUnitIsHardened(t *testing.T) {
	ctx := t.Context()
	if err := need.Programs(ctx, map[string]string{"systemd-analyze": "systemd"}); err != nil {
		t.Fatal(err)
	}
	out := run(ctx, t, "systemd-analyze", "security", "--offline=true", "packaging/systemd/shipper.service")
	m := score.FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no score in\n%s", out)
	}
	var exposed float64
	if _, err := fmt.Sscan(m[1], &exposed); err != nil || exposed > mostExposed {
		t.Errorf("exposure %s (%v), at most %.1f is allowed:\n%s", m[1], err, mostExposed, out)
	}
	t.Log(m[0])
}
