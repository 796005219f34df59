package drain

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"shipper/agent/status"
)

// Path is where the agent's socket serves drains.
const Path = "/drain"

// tellEvery is how often a client hears how far a drain has got.
const tellEvery = 500 * time.Millisecond

// Handler answers POST requests with reports as lines of JSON. A drain ends with
// its request.
func Handler(drain func(context.Context, Request, func(Report)) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		settle, err := time.ParseDuration(r.FormValue("settle"))
		if err != nil || settle < 0 {
			http.Error(w, "settle is no duration", http.StatusBadRequest)
			return
		}
		c := http.NewResponseController(w)
		if err := errors.Join(c.SetReadDeadline(time.Time{}), c.SetWriteDeadline(time.Time{})); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/jsonl")
		encoder := json.NewEncoder(w)
		var told time.Time
		tell := func(report Report) {
			if now := time.Now(); report.Done || now.Sub(told) >= tellEvery {
				told = now
				_ = encoder.Encode(&report) // a client that is gone ends the request's context
				_ = c.Flush()
			}
		}
		request := Request{Settle: settle, Divert: r.FormValue("divert") == "true"}
		if err := drain(r.Context(), request, tell); err != nil && r.Context().Err() == nil {
			_ = encoder.Encode(&Report{Error: err.Error()})
		}
	}
}

// Ask has the agent of a state directory drained. It returns the last report; with
// ctx's error that is what was left when ctx ended, and the agent goes on as
// before. tell hears all reports. If there is no agent, the error is
// status.ErrNotRunning.
func Ask(ctx context.Context, stateDir string, r Request, tell func(Report)) (Report, error) {
	var last Report
	form := url.Values{"settle": {r.Settle.String()}, "divert": {strconv.FormatBool(r.Divert)}}
	body, err := status.Ask(ctx, stateDir, http.MethodPost, Path+"?"+form.Encode())
	if err != nil {
		return last, err
	}
	defer func() { _ = body.Close() }() // only read from
	decoder := json.NewDecoder(body)
	for {
		var report Report
		err := decoder.Decode(&report)
		switch {
		case err != nil && ctx.Err() != nil:
			return last, ctx.Err()
		case err != nil:
			return last, errors.New("the agent ended before everything was shipped")
		case report.Error != "":
			return last, errors.New(report.Error)
		}
		last = report
		tell(report)
		if report.Done {
			return last, nil
		}
	}
}
