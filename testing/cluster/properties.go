package cluster

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ports of one node.
type ports struct {
	broker, controller int
	others             []int // of Options.Listeners
}

// properties returns the configuration of node id (from 1) of a cluster with
// these ports, whose first nodes, so many as there are voters, are controllers. Everything that makes a small cluster quick is in here; what
// decides about durability is as in production.
func properties(dir string, id int, all []ports, voters int, o Options) string {
	var quorum []string
	for i, p := range all[:voters] {
		quorum = append(quorum, fmt.Sprintf("%d@127.0.0.1:%d", i+1, p.controller))
	}
	replicas, inSync := min(3, voters), min(2, voters)
	own := all[id-1]
	clients, protocols := fmt.Sprintf("PLAINTEXT://127.0.0.1:%d", own.broker), "PLAINTEXT:PLAINTEXT"
	for i, name := range o.Listeners {
		clients += fmt.Sprintf(",%s://127.0.0.1:%d", name, own.others[i])
		protocols += fmt.Sprintf(",%s:%s", name, name)
	}
	set := map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        strconv.Itoa(id),
		"controller.quorum.voters":       strings.Join(quorum, ","),
		"controller.listener.names":      "CONTROLLER",
		"listeners":                      fmt.Sprintf("%s,CONTROLLER://127.0.0.1:%d", clients, own.controller),
		"advertised.listeners":           clients,
		"listener.security.protocol.map": protocols + ",CONTROLLER:PLAINTEXT",
		"log.dirs":                       filepath.Join(dir, "data"),

		"auto.create.topics.enable":                        "false",
		"default.replication.factor":                       strconv.Itoa(replicas),
		"min.insync.replicas":                              strconv.Itoa(inSync),
		"offsets.topic.replication.factor":                 strconv.Itoa(replicas),
		"offsets.topic.num.partitions":                     "3",
		"transaction.state.log.replication.factor":         strconv.Itoa(replicas),
		"transaction.state.log.min.isr":                    strconv.Itoa(inSync),
		"transaction.state.log.num.partitions":             "3",
		"share.coordinator.state.topic.replication.factor": strconv.Itoa(replicas),
		"share.coordinator.state.topic.min.isr":            strconv.Itoa(inSync),

		"num.network.threads":              "2",
		"num.io.threads":                   "4",
		"group.initial.rebalance.delay.ms": "0",
		"log.cleaner.dedupe.buffer.size":   "4194304",
		"log.index.size.max.bytes":         "1048576",
		"metadata.log.dir":                 filepath.Join(dir, "metadata"),
	}
	if id > voters {
		set["process.roles"], set["listeners"] = "broker", clients
	}
	maps.Copy(set, o.Properties)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(set)) {
		fmt.Fprintf(&text, "%s=%s\n", key, set[key])
	}
	return text.String()
}
