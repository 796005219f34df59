# `make` tells what there is. GNU make, a POSIX shell and Go are all it takes to
# begin with; what else a target needs it installs, or says so.

GO        ?= go
BIN       := .cache/bin
FUZZTIME  ?= 10s
KAFKA     ?= fake
DEMOFLAGS ?=
BENCHFLAGS ?=
TRIAL     ?= 185 B, none
ARCHES     ?= amd64 arm64
DIST       ?= dist
VERSION    ?=
MUTANTFLAGS ?=
SEED      ?=

# Everything but the tests of the whole agent, which have targets of their own.
UNIT_PACKAGES = $$($(GO) list ./... | grep -v -e '/testing/e2e$$' -e '/testing/chaos$$' -e '/testing/failover$$' -e '/testing/packages$$')

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./shipper (VERSION=1.2.3 names a release)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(if $(VERSION),-X shipper/agent/cli.version=$(VERSION))' -o shipper .

.PHONY: test
test: ## run every test, also against a real Kafka (installs what is missing)
	@start=$$(date +%s); \
	$(MAKE) --no-print-directory vet unit chaos e2e test-packages && \
	echo "make test: all passed in $$(( $$(date +%s) - start )) s"

.PHONY: vet
vet: ## run go vet
	$(GO) vet ./...

.PHONY: unit
unit: compiler ## run the tests of all packages under the race detector
	CGO_ENABLED=1 $(GO) test -race -timeout 20m $(UNIT_PACKAGES)

.PHONY: e2e
e2e: ## run the agent against three Apache Kafka nodes
	$(GO) test -count=1 -timeout 15m -v ./testing/e2e

.PHONY: chaos
chaos: ## rotate, kill, starve and cut off the agent, and count its lines (a bounded share)
	$(GO) test -count=1 -timeout 20m -parallel 4 ./testing/chaos ./testing/failover

.PHONY: test-packages
test-packages: ## install the packages in a booted Debian, upgrade and purge them; run the image (needs root)
	$(GO) test -count=1 -timeout 30m -v ./testing/packages

.PHONY: torture
torture: ## the same in full, for an hour and a half (SEED=n repeats a run)
	SHIPPER_TORTURE=1 $(GO) test -count=1 -timeout 1h -v ./checkpoint $(if $(SEED),-checkpoint.seed=$(SEED))
	for target in FuzzDirectory FuzzDecode; do \
		$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime 1m -fuzzminimizetime 10x ./checkpoint || exit 1; done
	SHIPPER_TORTURE=1 SHIPPER_KAFKA_SEED=$(SEED) $(GO) test -count=1 -v -run TestAnswersLostAfterTheWrite ./outputs/kafka
	SHIPPER_TORTURE=1 SHIPPER_E2E_SEED=$(SEED) $(GO) test -count=1 -timeout 20m -v -run 'TestBrokersDieAndHang|TestHungBroker' ./testing/e2e
	SHIPPER_TORTURE=1 SHIPPER_SEED=$(SEED) $(GO) test -count=1 -timeout 1h -parallel 4 -v -run '^(TestModel|TestKeptPlans|TestHangingDirectory.*)$$' ./agent/pipeline
	SHIPPER_TORTURE=1 SHIPPER_CYCLES=100000 $(GO) test -count=1 -timeout 1h -v -run '^(TestInodesAreReused|TestRenamedAllTheTime)$$' ./inputs/logfile
	SHIPPER_TORTURE=1 SHIPPER_CHAOS_SEED=$(SEED) $(GO) test -count=1 -timeout 4h -parallel 2 -v ./testing/chaos ./agent/verify
	SHIPPER_TORTURE=1 SHIPPER_FAILOVER_SEED=$(SEED) $(GO) test -count=1 -timeout 1h -parallel 12 -v ./testing/failover
	SHIPPER_TORTURE=1 $(GO) test -count=1 -timeout 20m -v ./testing/routes

.PHONY: mutants
mutants: ## break one rule after another in a copy of the tree: each must turn a test red
	@$(GO) build -o $(BIN)/mutants ./testing/mutants
	@$(BIN)/mutants $(MUTANTFLAGS)

.PHONY: lint
lint: $(BIN)/golangci-lint ## check formatting and style (builds the linter once, 80 s)
	@unformatted=$$(gofmt -l .); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint $(BIN)/golangci-lint run ./...

.PHONY: demo
demo: build ## kill the agent and the brokers under load, and count (KAFKA=real: on Apache Kafka)
	@$(GO) build -o $(BIN)/demo ./testing/demo
	@$(GO) build -o $(BIN)/workload ./testing/workload/cmd/workload
	@$(BIN)/demo -shipper ./shipper -workload $(BIN)/workload -kafka $(KAFKA) $(DEMOFLAGS)

.PHONY: bench
bench: build $(BIN)/bench ## measure the agent beside what the machine could do at best (BENCHFLAGS=-full: everything)
	@$(BIN)/bench -shipper ./shipper $(BENCHFLAGS)

.PHONY: bench-compare
bench-compare: build $(BIN)/bench ## compare it with another revision in alternating runs (REF=v1.2.3)
	@if [ -z "$(REF)" ]; then echo "say with what: make bench-compare REF=..." >&2; exit 2; fi
	@rm -rf .cache/ref && git worktree prune && git worktree add --quiet --detach .cache/ref $(REF)
	@mkdir -p .cache/bench && $(GO) -C .cache/ref build -trimpath -o $(CURDIR)/.cache/bench/ref .
	@git worktree remove --force .cache/ref
	@$(BIN)/bench -shipper ./shipper -against .cache/bench/ref $(BENCHFLAGS)

.PHONY: profile
profile: build $(BIN)/bench ## show where the agent's CPU time goes (TRIAL: a name that bench -list shows)
	@$(BIN)/bench -shipper ./shipper -only '^$(TRIAL)$$' -runs 1 -size 1073741824 -profile .cache/bench/cpu.pprof $(BENCHFLAGS)
	@$(GO) tool pprof -top -nodecount 40 shipper .cache/bench/cpu.pprof

.PHONY: $(BIN)/bench
$(BIN)/bench:
	@$(GO) build -o $@ ./testing/bench

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (10s)
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

RELEASE    = $(or $(VERSION),0.0.0-dev)

.PHONY: binaries
binaries:
	@for arch in $(ARCHES); do \
		echo "shipper $(RELEASE) for $$arch"; \
		CGO_ENABLED=0 GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w -X shipper/agent/cli.version=$(RELEASE)' -o $(DIST)/$$arch/shipper . || exit 1; \
	done
	@$(GO) run ./packaging/pages $(DIST)/pages

.PHONY: packages
packages: git binaries $(BIN)/nfpm ## build .deb and .rpm into DIST (VERSION=1.2.3, ARCHES="amd64 arm64")
	@epoch=$$(git log -1 --format=%ct) || exit 1; \
	for arch in $(ARCHES); do for kind in deb rpm; do \
		DIST=$(DIST) ARCH=$$arch VERSION=$(RELEASE) SOURCE_DATE_EPOCH=$$epoch \
		$(BIN)/nfpm package --config packaging/nfpm.yaml --packager $$kind --target $(DIST)/ || exit 1; \
	done; done

.PHONY: image
image: git builder binaries ## build the container image with buildah into dist/shipper-image.tar
	@DIST=$(DIST) packaging/image/build.sh $(RELEASE)

.PHONY: release
release: packages ## packages, archives, bill of materials and checksums; the same commit gives the same bytes
	@DIST=$(DIST) packaging/release.sh $(RELEASE) $(ARCHES)

.PHONY: clean
clean: ## remove what was built
	rm -rf shipper .cache dist

$(BIN)/golangci-lint: testing/tools/go.mod testing/tools/go.sum
	$(GO) -C testing/tools build -o $(CURDIR)/$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(BIN)/nfpm: testing/tools/nfpm/go.mod testing/tools/nfpm/go.sum
	$(GO) -C testing/tools/nfpm build -o $(CURDIR)/$@ github.com/goreleaser/nfpm/v2/cmd/nfpm

# $(call need,PROGRAM,PACKAGES,REASON) installs Debian's packages unless the program is
# there, under the lock that the tests take for theirs.
need = @command -v "$(1)" >/dev/null || CGO_ENABLED=0 $(GO) run ./testing/need/cmd/need "$(1)" "$(2)" "$(3)"

.PHONY: compiler
compiler:
	$(call need,$$(CGO_ENABLED=1 $(GO) env CC),gcc libc6-dev,The race detector needs a C compiler)

.PHONY: git
git:
	$(call need,git,git,Packages carry the time of their commit)

.PHONY: builder
builder:
	$(call need,buildah,buildah,Images are built by buildah)
