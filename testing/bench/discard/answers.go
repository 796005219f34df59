package discard

import (
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Error codes of the protocol that the broker uses.
const (
	errCorrupt            = 2
	errOutOfOrder         = 45
	errProducerEpoch      = 47
	errUnsupportedVersion = 35
	errUnknownPartition   = 3
)

const apiVersions = kmsg.ApiVersions

// apis are the requests that are answered and in which versions. Produce and
// Metadata end where topics go by id.
var apis = map[int16]struct{ min, max int16 }{
	kmsg.Produce.Int16():         {3, 12},
	kmsg.Metadata.Int16():        {0, 9},
	kmsg.ApiVersions.Int16():     {0, 3},
	kmsg.FindCoordinator.Int16(): {0, 4},
	kmsg.InitProducerID.Int16():  {0, 4},
	kmsg.DescribeConfigs.Int16(): {0, 4},
}

// respond answers a request, or returns nil if it wants no answer.
func (b *Broker) respond(request kmsg.Request) kmsg.Response {
	switch r := request.(type) {
	case *kmsg.ProduceRequest:
		if response := b.produce(r); r.Acks != 0 {
			return response
		}
		return nil
	case *kmsg.MetadataRequest:
		return b.metadata(r)
	case *kmsg.FindCoordinatorRequest:
		return b.coordinator(r)
	case *kmsg.InitProducerIDRequest:
		return b.producer(r)
	case *kmsg.DescribeConfigsRequest:
		return b.configs(r)
	default:
		return b.versions(r.GetVersion())
	}
}

func (b *Broker) versions(version int16) *kmsg.ApiVersionsResponse {
	response := kmsg.NewPtrApiVersionsResponse()
	response.Version = version
	for key, api := range apis {
		k := kmsg.NewApiVersionsResponseApiKey()
		k.ApiKey, k.MinVersion, k.MaxVersion = key, api.min, api.max
		response.ApiKeys = append(response.ApiKeys, k)
	}
	return response
}

func (b *Broker) metadata(request *kmsg.MetadataRequest) kmsg.Response {
	response := request.ResponseKind().(*kmsg.MetadataResponse)
	self := kmsg.NewMetadataResponseBroker()
	self.Host, self.Port = b.host, b.port
	response.Brokers = append(response.Brokers, self)
	response.ClusterID, response.ControllerID = kmsg.StringPtr("discard"), self.NodeID
	for i := range request.Topics {
		topic := kmsg.NewMetadataResponseTopic()
		topic.Topic = request.Topics[i].Topic
		for p := range b.config.Partitions {
			partition := kmsg.NewMetadataResponseTopicPartition()
			partition.Partition, partition.LeaderEpoch = p, 0
			partition.Replicas, partition.ISR = []int32{0}, []int32{0}
			topic.Partitions = append(topic.Partitions, partition)
		}
		response.Topics = append(response.Topics, topic)
	}
	return response
}

func (b *Broker) coordinator(request *kmsg.FindCoordinatorRequest) kmsg.Response {
	response := request.ResponseKind().(*kmsg.FindCoordinatorResponse)
	response.Host, response.Port = b.host, b.port
	for _, key := range request.CoordinatorKeys {
		c := kmsg.NewFindCoordinatorResponseCoordinator()
		c.Key, c.Host, c.Port = key, b.host, b.port
		response.Coordinators = append(response.Coordinators, c)
	}
	return response
}

func (b *Broker) producer(request *kmsg.InitProducerIDRequest) kmsg.Response {
	response := request.ResponseKind().(*kmsg.InitProducerIDResponse)
	response.ProducerID, response.ProducerEpoch = b.lastProducer.Add(1), 0
	return response
}

// configs describes topics by the settings that producers ask for; of other
// resources it knows nothing.
func (b *Broker) configs(request *kmsg.DescribeConfigsRequest) kmsg.Response {
	response := request.ResponseKind().(*kmsg.DescribeConfigsResponse)
	for i := range request.Resources {
		r := kmsg.NewDescribeConfigsResponseResource()
		r.ResourceType, r.ResourceName = request.Resources[i].ResourceType, request.Resources[i].ResourceName
		if r.ResourceType == kmsg.ConfigResourceTypeTopic {
			for _, c := range topicConfigs {
				entry := kmsg.NewDescribeConfigsResponseResourceConfig()
				entry.Name, entry.Value = c.name, kmsg.StringPtr(c.value)
				entry.IsDefault, entry.Source = true, kmsg.ConfigSourceDefaultConfig
				r.Configs = append(r.Configs, entry)
			}
		}
		response.Resources = append(response.Resources, r)
	}
	return response
}

var topicConfigs = []struct{ name, value string }{
	{"min.insync.replicas", "1"},
	{"unclean.leader.election.enable", "false"},
	{"max.message.bytes", strconv.Itoa(maxFrame)},
	{"message.timestamp.type", "CreateTime"},
}
