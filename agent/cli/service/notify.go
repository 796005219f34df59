package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"shipper/agent"
)

// notifySystemd tells a service manager that waits for it (Type=notify) that the
// agent ships, and, if it wants to hear that (WatchdogSec), again and again that
// it is alive. The stop it returns says that the agent is about to end. Without
// such a manager it does nothing.
func notifySystemd(ctx context.Context, a *agent.Agent, log *slog.Logger) (stop func()) {
	tell := func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			log.Warn("the service manager can't be told", "state", state, "error", err)
		}
	}
	tell(daemon.SdNotifyReady)
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the service manager's watchdog is not fed; its settings are not understood", "error", err)
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	if interval > 0 {
		wg.Go(func() {
			ticker := time.NewTicker(interval / 3)
			defer ticker.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
					a.Touch() // a deadlock keeps us here, and the watchdog hungry
					tell(daemon.SdNotifyWatchdog)
				}
			}
		})
	}
	return func() {
		cancel()
		wg.Wait()
		tell(daemon.SdNotifyStopping)
	}
}
