package status

import "time"

// Version is the version of the JSON form. It grows when a field changes its
// meaning or goes; new fields do not change it.
const Version = 1

// Snapshot is the state of an agent at one moment.
type Snapshot struct {
	Version int       `json:"version"`
	Time    time.Time `json:"time"`
	Agent   Agent     `json:"agent"`
	State   State     `json:"state"`
	Routes  []Route   `json:"routes"`
	Outputs []Output  `json:"outputs"`
	Inputs  []Input   `json:"inputs"`
	Files   []File    `json:"files"`
}

// Agent is the process.
type Agent struct {
	ID          string    `json:"id"`
	Host        string    `json:"host"`
	PID         int       `json:"pid"`
	StartedAt   time.Time `json:"started_at"`
	Version     string    `json:"version"`
	ConfigFiles []string  `json:"config_files"`
	// ConfigError is why the configuration on disk is not the one in force, ""
	// if it is.
	ConfigError string `json:"config_error,omitempty"`
}

// State is the checkpoint store.
type State struct {
	Dir     string `json:"dir"`
	Healthy bool   `json:"healthy"`
	Error   string `json:"error,omitempty"`
}

// Route is one input → one output.
type Route struct {
	Name   string `json:"name"` // unique; FileRoute.Route refers to it
	Input  string `json:"input"`
	Output string `json:"output"`
	// State is idle (nothing to ship), shipping, stalled (bytes wait and none are
	// acknowledged), or held (it waits for a person, see Held).
	State string `json:"state"`
	// Held is what a person must decide before anything is shipped, and how; ""
	// if nothing.
	Held     string `json:"held,omitempty"`
	Files    int    `json:"files"`
	LagBytes int64  `json:"lag_bytes"`
	// OldestUnread is when the oldest byte that is not shipped was first seen,
	// zero if there is none.
	OldestUnread time.Time `json:"oldest_unread,omitzero"`

	// Since the process started. Bytes are of the files, newlines and filtered
	// lines included.
	DeliveredRecords   int64 `json:"delivered_records"`
	DeliveredBytes     int64 `json:"delivered_bytes"`
	PossibleDuplicates int64 `json:"possible_duplicates"` // records sent again after their receipt was given up
	UnprovableBytes    int64 `json:"unprovable_bytes"`    // of receipts that could not be read again
	QuarantinedRecords int64 `json:"quarantined_records"`
	// AuditsWaiting are records about complete files, of all inputs of the
	// output, that are not acknowledged; AuditError is why.
	AuditsWaiting int    `json:"audits_waiting,omitempty"`
	AuditError    string `json:"audit_error,omitempty"`
	// RetimedRecords carry the time of reading because the output refused
	// their own.
	RetimedRecords int64 `json:"retimed_records"`

	// Runway is for how long the bytes that are not shipped will last, nil if
	// nothing is known to take them.
	Runway *Runway `json:"runway,omitempty"`

	LastError   string    `json:"last_error,omitempty"`
	LastErrorAt time.Time `json:"last_error_at,omitzero"`
	Shards      []Shard   `json:"shards"`
}

// Runway is the time until bytes of a route that are not shipped are lost.
type Runway struct {
	// Seconds is so at the present rates of writing and shipping, nil if the
	// route keeps up. Path is where, Cause "rotation" or "disk full".
	Seconds *float64 `json:"seconds,omitempty"`
	Path    string   `json:"path,omitempty"`
	Cause   string   `json:"cause,omitempty"`
	Text    string   `json:"text,omitempty"` // all that in a sentence
	// IfStoppedSeconds is so if the output took nothing from now on.
	IfStoppedSeconds *float64 `json:"if_stopped_seconds,omitempty"`
}

// Shard is an output's unit of order, as a route sees it.
type Shard struct {
	Topic     string `json:"topic,omitempty"`
	Partition int32  `json:"partition"`
	State     string `json:"state"` // one of the Shard constants
	// Attempts is the number of failed attempts since the last acknowledgement.
	Attempts  int       `json:"attempts"`
	RetryAt   time.Time `json:"retry_at,omitzero"`
	LastError string    `json:"last_error,omitempty"`
}

// The states of a Shard.
const (
	ShardIdle       = "idle"       // nothing to send
	ShardReady      = "ready"      // bytes wait for a lane
	ShardSending    = "sending"    // a lane has it
	ShardWaiting    = "waiting"    // until RetryAt, after a failure
	ShardUnresolved = "unresolved" // likewise, and the fate of a batch is unknown
)

// The states of a Route.
const (
	RouteIdle     = "idle"
	RouteShipping = "shipping"
	RouteStalled  = "stalled"
	RouteHeld     = "held"
)

// Output is a destination.
type Output struct {
	Name      string    `json:"name"`
	Healthy   bool      `json:"healthy"`
	Since     time.Time `json:"since,omitzero"` // of the last change of Healthy
	LastError string    `json:"last_error,omitempty"`
	// Cluster is the id of the cluster that answers, "" if none was heard or it
	// has none.
	Cluster string `json:"cluster,omitempty"`
	Peers   []Peer `json:"peers,omitempty"`
	// Lanes is how many requests may be under way at once; a shard that is
	// ShardSending is in one of them.
	Lanes int `json:"lanes,omitempty"`
	// Failover is nil for an output without one.
	Failover *Failover `json:"failover,omitempty"`
}

// Failover is where an output's lines are put aside while it takes none. The
// counters count since the start.
type Failover struct {
	To              string           `json:"to"`
	Shards          []FailoverShard  `json:"shards,omitempty"` // that are not healthy
	Edges           map[string]int64 `json:"edges,omitempty"`  // changes of state, by "healthy → stalled" and so on
	AsideBytes      int64            `json:"aside_bytes"`      // that have not returned
	AsideObjects    int              `json:"aside_objects"`
	DivertedBytes   int64            `json:"diverted_bytes"`
	DivertedRecords int64            `json:"diverted_records"`
	DivertedObjects int64            `json:"diverted_objects"`
	ReturnedObjects int64            `json:"returned_objects"`
	LastError       string           `json:"last_error,omitempty"` // of marking objects as returned, or of taking back what a lost state knew
}

// FailoverShard is how the failover stands for a partition. Partition is -1 for
// logs of the topic that have none yet.
type FailoverShard struct {
	Topic     string    `json:"topic"`
	Partition int32     `json:"partition"`
	State     string    `json:"state"`
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason"`
}

// Peer is one machine or file behind an output.
type Peer struct {
	Name      string `json:"name"`
	Healthy   bool   `json:"healthy"`
	LastError string `json:"last_error,omitempty"`
}

// Input is one input block.
type Input struct {
	Label     string           `json:"label"`
	Files     int              `json:"files"`
	Counters  map[string]int64 `json:"counters,omitempty"`
	LastError string           `json:"last_error,omitempty"`
	// Deleted is what is held of deleted files that are unread, nil if nothing is.
	Deleted *Deleted `json:"deleted,omitempty"`
}

// Deleted are files without a name whose bytes are on disk only because they are
// held open for being unread.
type Deleted struct {
	Files       int       `json:"files"`
	Bytes       int64     `json:"bytes"` // that they occupy
	UnreadBytes int64     `json:"unread_bytes"`
	Oldest      time.Time `json:"oldest"`               // when the first of them was deleted
	NearLimit   bool      `json:"near_limit,omitempty"` // of retain_deleted
	Text        string    `json:"text"`                 // all that in a sentence
}

// File is one known file.
type File struct {
	// Path is for people: bytes that are not UTF-8 become U+FFFD in JSON.
	Path       string    `json:"path"`
	Input      string    `json:"input"`
	Stream     string    `json:"stream"`
	Generation string    `json:"generation,omitempty"` // 16 hexadecimal digits, "" until its first record was read
	Size       int64     `json:"size"`
	Modified   time.Time `json:"modified,omitzero"`
	State      string    `json:"state"` // live, rotated, unlinked, missing, failed
	// Ended is "complete" once the file is finished and every route has
	// acknowledged everything and told of it.
	Ended     string      `json:"ended,omitempty"`
	LastError string      `json:"last_error,omitempty"`
	Routes    []FileRoute `json:"routes"`
}

// FileRoute is how far a route has got in a file.
type FileRoute struct {
	Route    string `json:"route"`  // Route.Name
	Offset   int64  `json:"offset"` // acknowledged up to here
	LagBytes int64  `json:"lag_bytes"`
	// LagSeconds is for how long the oldest byte that is not shipped has been
	// known.
	LagSeconds float64 `json:"lag_seconds"`
	LastError  string  `json:"last_error,omitempty"`
}

// Ready tells whether configuration and state are whole, and if not, why. What
// outputs say does not count.
func (s *Snapshot) Ready() (ready bool, reason string) {
	switch {
	case !s.State.Healthy:
		return false, "state: " + s.State.Error
	case s.Agent.ConfigError != "":
		return false, "configuration: " + s.Agent.ConfigError
	}
	return true, ""
}

// FillLists makes lists of nothing empty lists in JSON, too, so that programs
// need not tell null from them.
func (s *Snapshot) FillLists() {
	fill(&s.Agent.ConfigFiles)
	fill(&s.Routes)
	fill(&s.Outputs)
	fill(&s.Inputs)
	fill(&s.Files)
	for i := range s.Routes {
		fill(&s.Routes[i].Shards)
	}
	for i := range s.Files {
		fill(&s.Files[i].Routes)
	}
}

func fill[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}
