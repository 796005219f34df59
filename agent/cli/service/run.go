package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"shipper/agent"
	"shipper/agent/cli/verb"
	"shipper/agent/config"
)

type runFlags struct {
	config, until   string
	profile         string
	settle, timeout time.Duration // with until
}

// Run is the verb run, of a program of this version.
func Run(version string) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Ship what the configuration names, until a signal",
		Long: `Ship what the configuration names. SIGTERM or SIGINT ends it softly: batches
under way are finished within shutdown_timeout. A second signal ends it at once;
that is safe, because nothing is recorded that was not acknowledged.

Only an invalid configuration or a state directory that another agent holds
keeps it from starting. Everything else (brokers that are down, files that can't
be read, a full disk) is logged, shown by "shipper status" and tried again.

With --until it ends by itself: when that file appears, or that process is gone,
everything is shipped to its end as by "shipper drain", and the agent stops. What
is left after --timeout is listed, and the exit code is 1.

The log goes to standard error: text on a terminal, else JSON.`,
		Example: `  shipper run
  shipper run --config ./shipper.hcl
  shipper run --until /run/job.done --timeout 1m
  shipper run --until 4711`,
		Args: cobra.NoArgs,
		RunE: verb.Run(func(cmd *cobra.Command) error { return run(cmd.Context(), &f, version) }),
	}
	verb.ConfigFlag(cmd, &f.config)
	cmd.Flags().StringVar(&f.until, "until", "", "drain and stop when this `FILE|PID` appears or is gone")
	cmd.Flags().DurationVar(&f.settle, "settle", defaultSettle, "with --until: a file counts when it was unchanged for `TIME`")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "with --until: stop after `TIME`, whatever is left (default: wait for as long as it takes)")
	cmd.Flags().StringVar(&f.profile, "cpu-profile", "", "write a CPU profile of the whole run to `FILE`")
	cmd.Flags().Lookup("cpu-profile").Hidden = true // for developers: see "make profile"
	return cmd
}

func run(ctx context.Context, f *runFlags, version string) error {
	cfg, found := config.Load(f.config)
	if err := found.Write(os.Stderr); err != nil {
		return err
	}
	if found.HasErrors() {
		return verb.Fail(verb.BadConfig, errors.New("not started: the configuration is invalid"))
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // before there is an agent: it must not end the process
	defer signal.Stop(hangups)
	stopProfile, err := profileTo(f.profile)
	if err != nil {
		return err
	}
	defer stopProfile()
	log, level := verb.NewLogger(os.Stderr, cfg.Agent.LogFormat, cfg.Agent.LogLevel)
	ctx, stop := untilSignal(ctx, log, cfg.Agent.ShutdownTimeout)
	defer stop()
	a, err := agent.New(cfg, agent.Options{Log: log, Version: version, Path: f.config, Level: level})
	if errors.Is(err, agent.ErrLocked) {
		return verb.Fail(verb.Locked, fmt.Errorf("not started: another agent holds the state directory %q; "+
			"give this one a state_dir of its own, or stop the other", cfg.Agent.StateDir))
	}
	if err != nil {
		return fmt.Errorf("start the agent: %w", err)
	}
	defer notifySystemd(ctx, a, log)()
	defer reloadOn(hangups, a, log)()
	if f.until != "" {
		return runUntil(ctx, a, f, log)
	}
	return a.Run(ctx)
}

// reloadOn has the agent read its configuration anew at each signal, until stop.
func reloadOn(signals <-chan os.Signal, a *agent.Agent, log *slog.Logger) (stop func()) {
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-signals:
				if r := a.ReloadFiles(); r.Error != "" { // mistakes are logged by the agent
					log.Warn("not reloaded", "error", r.Error)
				}
			case <-stopped:
				return
			}
		}
	}()
	return func() {
		close(stopped)
		<-done
	}
}

// untilSignal returns a context that the first SIGTERM or SIGINT ends. The
// second ends the process. stop takes both back.
func untilSignal(parent context.Context, log *slog.Logger, timeout time.Duration) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for first := true; ; first = false {
			select {
			case s := <-signals:
				if !first {
					log.Warn("stopped at once by a second signal", "signal", s.String())
					os.Exit(verb.Failed)
				}
				log.Info("stopping softly, a second signal stops at once", "signal", s.String(),
					"shutdown_timeout", timeout.String())
				cancel()
			case <-stopped:
				return
			}
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(stopped)
		<-done
		cancel()
	}
}
