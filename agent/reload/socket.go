package reload

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"shipper/agent/status"
)

// Path is where the agent's socket serves requests to reload.
const Path = "/reload"

// Handler answers POST requests with a Report. It blocks for as long as reload.
func Handler(reload func() Report) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		// A hung broker may hold a batch for as long as an attempt takes.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // else the answer may be cut
		report := reload()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&report) // a client that is gone has its configuration all the same
	}
}

// Ask has the agent of a state directory reload. If there is no agent, the error
// is status.ErrNotRunning.
func Ask(ctx context.Context, stateDir string) (Report, error) {
	var report Report
	body, err := status.Ask(ctx, stateDir, http.MethodPost, Path)
	if err != nil {
		return report, err
	}
	defer func() { _ = body.Close() }() // only read from
	if err := json.NewDecoder(body).Decode(&report); err != nil {
		return report, fmt.Errorf("the agent ended before it had reloaded: %w", err)
	}
	return report, nil
}
