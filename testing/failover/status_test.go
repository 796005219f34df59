package failover

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"shipper/testing/store"
)

// status is what `shipper status` says, in one line.
func (s *story) status() string {
	cmd := exec.CommandContext(s.t.Context(), shared.program, "status", "--config", filepath.Join(s.dir, "shipper.hcl"))
	cmd.Env = environment()
	said, _ := cmd.CombinedOutput() // one that can't be asked yet is asked again
	return strings.Join(strings.Fields(string(said)), " ")
}

// shows waits for the status to say all of it.
func (s *story) shows(texts ...string) {
	s.t.Helper()
	said := ""
	defer func() {
		if s.t.Failed() {
			s.t.Logf("want %q, the status says:\n%s", texts, said)
		}
	}()
	s.until("the status says what is wrong", func() bool {
		said = s.status()
		for _, text := range texts {
			if !strings.Contains(said, text) {
				return false
			}
		}
		return true
	})
}

// denying refuses what the store is asked for.
func denying(is func(*http.Request) bool) func(*http.Request) store.Fault {
	return func(r *http.Request) store.Fault {
		if is(r) {
			return store.Denied
		}
		return store.Pass
	}
}

func isPut(r *http.Request) bool { return r.Method == http.MethodPut }

func isGet(r *http.Request) bool { return r.Method == http.MethodGet && !store.IsList(r) }

func isDelete(r *http.Request) bool { return r.Method == http.MethodDelete }

// reconfigure changes the configuration before the agent starts.
func (s *story) reconfigure(old, fresh string) {
	s.t.Helper()
	path := filepath.Join(s.dir, "shipper.hcl")
	text, err := os.ReadFile(path)
	must(s.t, err)
	if !bytes.Contains(text, []byte(old)) {
		s.t.Fatalf("no %q in the configuration", old)
	}
	must(s.t, os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(fresh), 1), 0o600))
}

// TestStatusWhileNothingCanBePut: what keeps lines from being put aside is shown, with
// what to do, and they wait in their files: when Kafka is back all of them arrive.
func TestStatusWhileNothingCanBePut(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*story)
		shows []string
	}{
		"wrong bucket": {
			func(s *story) { s.reconfigure("\""+s.where+"\"", "\"nobody-made-this\"") }, []string{"NoSuchBucket", "correct `bucket`"},
		},
		"wrong region": {
			func(s *story) { s.reconfigure("path_style", "region = \"eu-north-1\"\n  path_style") }, []string{"set `region`"},
		},
		"no credentials": {
			func(s *story) {
				s.env = []string{
					"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_PROFILE=", "AWS_EC2_METADATA_DISABLED=true",
					"AWS_CONFIG_FILE=/nowhere", "AWS_SHARED_CREDENTIALS_FILE=/nowhere",
				}
			}, []string{"no credentials were found", "AWS_ACCESS_KEY_ID"},
		},
		"no permission to put": {
			func(s *story) { s.proxy.Rule(denying(isPut)) }, []string{"AccessDenied", "policy"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, settings{})
			c.spoil(s)
			s.write("a", 10)
			s.start()
			s.until("the first lines arrive", func() bool { return s.arrived() == 10 })
			s.kafka.away.Store(true)
			s.write("a", 100)
			s.shows(c.shows...)
			s.kafka.away.Store(false)
			s.until("everything has arrived", func() bool { return s.arrived() == 110 })
		})
	}
}

// TestStatusWhileSomethingStaysAside: what keeps lines from coming back, or objects from
// being marked, is shown, with the object. Lines of a log that was never aside arrive
// all the while.
func TestStatusWhileSomethingStaysAside(t *testing.T) {
	for name, c := range map[string]struct {
		deletes   bool                       // on_returned
		loses     bool                       // its state
		spoil     func(s *story, key string) // of the object of log a
		shows     []string
		mend      func(s *story) // nil where all lines arrive without
		forgotten bool           // the lines of log a do not come back
	}{
		"no permission to get": {
			spoil: func(s *story, _ string) { s.proxy.Rule(denying(isGet)) }, shows: []string{"AccessDenied", "policy"},
			mend: func(s *story) { s.proxy.Rule(nil) },
		},
		"no permission to list": {
			loses: true,
			spoil: func(s *story, _ string) { s.proxy.Rule(denying(store.IsList)) }, shows: []string{"can't be listed", "AccessDenied", "policy"},
			mend: func(s *story) { s.proxy.Rule(nil) },
		},
		"no permission to delete": {
			deletes: true,
			spoil:   func(s *story, _ string) { s.proxy.Rule(denying(isDelete)) }, shows: []string{"delete s3://", "AccessDenied", "policy"},
		},
		"not ours": {
			loses: true,
			spoil: func(s *story, _ string) { s.put("agent-1/notes.txt", nil) },
			shows: []string{"1 objects can't be taken back", "notes.txt", "not an object of shipper"},
		},
		"newer": {
			loses: true, forgotten: true,
			spoil: func(s *story, key string) { s.put(key, map[string]string{"shipper": "2"}) },
			shows: []string{"1 objects can't be taken back", "newer version"},
		},
		"damaged": {
			spoil: func(s *story, key string) { must(s.t, os.Truncate(shared.store.Path(s.where, key), 10)) },
			shows: []string{"damaged"}, forgotten: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := ""
			if c.deletes {
				policy = "\n    on_returned = \"delete\""
			}
			s := newStory(t, settings{failover: "after = \"1s\"\n    return_after = \"0s\"" + policy})
			s.lenient = true
			s.start()
			s.write("a", 1)
			s.until("the first line arrives", func() bool { return s.arrived() == 1 })
			s.kafka.away.Store(true)
			s.write("a", 100)
			before := int64(len("a 00000000 \n") + len(words))
			s.untilAside(before)
			aside := 0
			if s.remove("a"); c.forgotten {
				aside = 100
			}
			s.stop()
			if c.loses {
				must(t, os.RemoveAll(filepath.Join(s.dir, "state")))
			}
			c.spoil(s, s.objects()[0].Key)
			s.kafka.away.Store(false)
			s.write("other", 50)
			s.start()
			s.shows(c.shows...)
			s.until("the other log's lines arrive", func() bool { return s.values("other") == 50 })
			if c.mend != nil {
				c.mend(s)
			}
			s.until("what can come back has", func() bool { return s.values("a ") == 101-aside })
		})
	}
}

// put stores an object that is none.
func (s *story) put(key string, meta map[string]string) {
	s.t.Helper()
	client := awss3.New(awss3.Options{Region: store.Region, BaseEndpoint: &shared.store.Endpoint, UsePathStyle: true, Credentials: store.Credentials()})
	_, err := client.PutObject(context.Background(), &awss3.PutObjectInput{Bucket: &s.where, Key: &key, Body: strings.NewReader("hello"), Metadata: meta})
	must(s.t, err)
}
