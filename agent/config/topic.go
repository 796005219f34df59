package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"shipper/agent/config/block"
	"shipper/agent/config/diag"
	"shipper/agent/config/rule"
	"shipper/agent/config/value"
)

// topicBlock is a Topic with what its checks need to point at.
type topicBlock struct {
	*Topic
	block  block.Block
	output OutputRef // its Kind is "" if it is left out
	at     hcl.Range // of output
}

// topicKeys adds the key that only this package can decode.
func topicKeys(t *topicBlock) block.Schema {
	s := t.Schema()
	s.Keys = append([]block.Key{block.Optional("output", value.Kind{Name: "output", Decode: func(d *value.Decoder, e hclsyntax.Expression) {
		if ref, ok := value.ParseOutputRef(d, e); ok {
			t.output, t.at = ref, e.Range()
		}
	}}, ``, "output whose cluster it is in; may be left out if there is only one of kind kafka")}, s.Keys...)
	return s
}

func (d *decoder) topicBlock(b block.Block) {
	if len(b.Labels) != 1 {
		if !b.Broken {
			d.ErrorAt(b.DefRange(), "the block topic needs one label", "Write: topic \"events\" { ... }")
		}
		return
	}
	name := b.Labels[0]
	if wrong := rule.Topic(name); wrong != "" {
		d.ErrorAt(b.LabelRanges[0], "bad topic: "+diag.Quoted(name), "It "+wrong+".")
		return
	}
	t := &topicBlock{Topic: &Topic{Name: name, Pos: position(b.DefRange())}, block: b}
	topicKeys(t).Decode(&d.Decoder, b, fmt.Sprintf("topic %q", name))
	d.cfg.Topics = append(d.cfg.Topics, t.Topic)
	d.topics = append(d.topics, t)
}

// checkTopics finds the output of each topic.
func (d *decoder) checkTopics() {
	var clusters []*outputBlock
	for _, out := range d.outputs {
		if out.Kafka != nil {
			clusters = append(clusters, out)
		}
	}
	for _, t := range d.topics {
		t.Check(&d.Decoder, t.block)
		switch out := d.output(t.output); {
		case t.block.Has("output") && t.output.Kind == "": // reported already
		case t.output.Kind == "" && len(clusters) == 1:
			t.Output = clusters[0].Name()
		case t.output.Kind == "":
			d.ErrorAt(t.block.DefRange(), fmt.Sprintf("missing key \"output\" in topic %q", t.Name),
				"It may be left out only if there is exactly one output of kind kafka.")
		case out == nil:
			d.dangling(t.output, t.at)
		case out.Kafka == nil:
			d.ErrorAt(t.at, fmt.Sprintf("output.%s has no topics", out.Name()), "Name an output of kind kafka.")
		default:
			t.Output = out.Name()
		}
		d.define("topic "+t.Output+" "+t.Name, t.block, fmt.Sprintf("topic %q", t.Name))
	}
}
