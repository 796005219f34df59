package check

import (
	"context"
	"fmt"
	"log/slog"
	"sort"
	"sync"

	"shipper/agent/config"
	"shipper/agent/host"
	"shipper/agent/parts"
	"shipper/agent/status/access"
	"shipper/outputs"
)

// Run tries out what a configuration promises without shipping anything: the
// files its inputs match now, the outputs behind their addresses, topics and
// their durability. It writes nothing and may run beside an agent. ctx bounds
// the time.
func Run(ctx context.Context, cfg *config.Config) []outputs.Finding {
	findings := served(&cfg.Agent)
	topics := map[string]map[string]bool{} // by output
	for _, in := range cfg.Inputs {
		matches, problems, err := parts.Matches(in)
		if err != nil {
			findings = append(findings, outputs.Finding{Severity: outputs.Problem, Subject: "input " + in.Label, Message: err.Error()})
			continue
		}
		for _, p := range problems {
			findings = append(findings, outputs.Finding{
				Severity: outputs.Warning, Subject: "input " + in.Label, Message: p.What, Cure: p.Cure,
			})
		}
		var bytes int64
		for _, m := range matches {
			bytes += m.Size
			for _, ref := range in.Outputs {
				addTopic(topics, ref, m.Topic)
				addTopic(topics, ref, in.AuditTopic)
			}
		}
		if in.Topic != nil && in.Topic.Constant {
			if t, err := in.Topic.Eval(config.Vars{}); err == nil {
				for _, ref := range in.Outputs {
					addTopic(topics, ref, t)
				}
			}
		}
		findings = append(findings, matched(in, len(matches), bytes))
		findings = append(findings, endings(in, matches)...)
	}
	for _, o := range cfg.Outputs {
		if o.Kafka != nil && o.Kafka.Quarantine != nil {
			addTopic(topics, config.OutputRef{Kind: o.Kind, Label: o.Label}, o.Kafka.Quarantine.Topic)
		}
	}
	return append(findings, checkOutputs(ctx, cfg, topics)...)
}

func matched(in *config.Input, files int, bytes int64) outputs.Finding {
	f := outputs.Finding{Subject: "input " + in.Label, Message: fmt.Sprintf("matches %d files, %d bytes", files, bytes)}
	if files == 1 {
		f.Message = fmt.Sprintf("matches 1 file, %d bytes", bytes)
	}
	if files == 0 {
		f.Severity = outputs.Warning
		f.Message = "matches no file now"
		f.Cure = "fine if the files come later; else compare `paths` with what is on disk"
	}
	return f
}

func addTopic(topics map[string]map[string]bool, ref config.OutputRef, topic string) {
	name := ref.Kind + "." + ref.Label
	if topics[name] == nil {
		topics[name] = map[string]bool{}
	}
	if topic != "" {
		topics[name][topic] = true
	}
}

// checkOutputs asks all outputs at once: one that does not answer must not use
// up the others' time.
func checkOutputs(ctx context.Context, cfg *config.Config, topics map[string]map[string]bool) []outputs.Finding {
	id, _ := host.ID(cfg.Agent.ID)
	found := make([][]outputs.Finding, len(cfg.Outputs))
	var wg sync.WaitGroup
	for i, oc := range cfg.Outputs {
		wg.Go(func() {
			out, err := parts.Output(oc, id, 1, slog.New(slog.DiscardHandler))
			if err != nil {
				found[i] = []outputs.Finding{{Severity: outputs.Problem, Subject: "output " + oc.Name(), Message: err.Error()}}
				return
			}
			var names []string
			for t := range topics[oc.Name()] {
				names = append(names, t)
			}
			sort.Strings(names)
			found[i] = out.Check(ctx, names)
			if err := out.Close(ctx); err != nil {
				found[i] = append(found[i], outputs.Finding{Severity: outputs.Warning, Subject: "output " + oc.Name(), Message: err.Error()})
			}
		})
	}
	wg.Wait()
	var all []outputs.Finding
	for _, f := range found {
		all = append(all, f...)
	}
	return all
}

// served says what keeps status from being served.
func served(a *config.Agent) []outputs.Finding {
	files := access.Config(a.Access)
	if err := files.Try(); err != nil && a.Listen != access.Off {
		return []outputs.Finding{{
			Severity: outputs.Problem, Subject: "listen " + a.Listen, Message: err.Error(),
			Cure: "Until these files can be used, nobody is served there; the agent ships all the same.",
		}}
	}
	return nil
}
