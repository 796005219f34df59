package main

import (
	"context"

	"shipper/testing/bench/processes"
)

// beside has files shipped to two outputs of which one never answers. The floor is
// the same agent without that one.
type beside struct{ shipping }

func (b *beside) name() string { return b.shipping.name() + ", beside a dead output" }

func (b *beside) floor(ctx context.Context, e *env) (*result, error) {
	return b.shipping.agent(ctx, e, e.shipper)
}

func (b *beside) agent(ctx context.Context, e *env, binary string) (*result, error) {
	address, bury, err := processes.Dead()
	if err != nil {
		return nil, err
	}
	defer bury()
	return b.measure(ctx, e, binary, func(blocks string) string { return processes.BesideDead(blocks, address) })
}

// followedBeside has lines shipped so as they are appended.
type followedBeside struct{ following }

func (f *followedBeside) name() string { return f.following.name() + ", beside a dead output" }

func (f *followedBeside) floor(ctx context.Context, e *env) (*result, error) {
	return f.following.agent(ctx, e, e.shipper)
}

func (f *followedBeside) agent(ctx context.Context, e *env, binary string) (*result, error) {
	address, bury, err := processes.Dead()
	if err != nil {
		return nil, err
	}
	defer bury()
	return f.of(ctx, e, binary, func(blocks string) string { return processes.BesideDead(blocks, address) })
}
