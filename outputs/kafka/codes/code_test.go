package codes

import (
	"strconv"
	"testing"

	"shipper/outputs"
)

// The list is closed: a code that slips in turns a lost answer into a refusal
// and its records into lost or reused numbers.
func TestOnlyTheClosedListIsGivenBeforeTheAppend(t *testing.T) {
	closed := map[string]bool{
		"MESSAGE_TOO_LARGE": true, "RECORD_LIST_TOO_LARGE": true, "INVALID_RECORD": true, "INVALID_TIMESTAMP": true,
		"CORRUPT_MESSAGE": true, "UNSUPPORTED_COMPRESSION_TYPE": true, "NOT_ENOUGH_REPLICAS": true, "INVALID_REQUIRED_ACKS": true,
		"TOPIC_AUTHORIZATION_FAILED": true, "CLUSTER_AUTHORIZATION_FAILED": true, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED": true,
	}
	for c := Code(-2); c <= Highest+2; c++ {
		if c.BeforeAppend() != closed[c.Name()] {
			t.Errorf("%s: before append = %v", c, c.BeforeAppend())
		}
		if c.Never() && !(c.BeforeAppend() && c.Class() == outputs.RecordError) {
			t.Errorf("%s: a final answer is about records and precedes the append", c)
		}
	}
}

func TestCodesOfNewerBrokersAreUnknown(t *testing.T) {
	for _, c := range []Code{-2, -32768, Highest + 1, 32767} {
		if c.Known() || c.Class() != outputs.UnknownError || c.BeforeAppend() || c.Never() || c.Stale() {
			t.Errorf("%d is treated as known", c)
		}
		if c.Error() != "code "+strconv.Itoa(int(c)) {
			t.Errorf("%d is called %q", c, c.Error())
		}
	}
}

func TestClassesThatNeedAPersonNameACure(t *testing.T) {
	for c := Code(1); c <= Highest; c++ {
		switch c.Class() {
		case outputs.RecordError:
			if c.Cure() == "" {
				t.Errorf("%s has no cure", c)
			}
		default:
		}
	}
	for _, c := range []Code{UnknownTopicOrPartition, TopicAuthorizationFailed, ClusterAuthorizationFailed, SASLAuthenticationFailed, NotEnoughReplicas} {
		if c.Cure() == "" {
			t.Errorf("%s has no cure", c)
		}
	}
}
