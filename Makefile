# Everything one can do here. `make` alone prints the list.

GO      ?= go
TAGS    := sqlite_fts5
DATA    ?= demo
FUZZTIME ?= 60s
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT)
BIN     := bin/gannet

# SQLite keeps the plan of a prepared statement whatever is bound to it. Without that it prepares many statements anew each
# time, because the driver clears all that was bound before it binds: copying and marking messages takes twice as long.
export CGO_CFLAGS := -O2 -g -DSQLITE_ENABLE_QPSG

# Packages whose tests run under the race detector in `make check`: those with goroutines of their own.
RACE := ./store/... ./auth/... ./activesync/... ./protocols/... ./mail/queue/... ./cmd/...

# Versions of ActiveSync besides 14.1, at which tests that name no version run.
VERSIONS := 2.5 12.0 12.1 14.0 16.0 16.1

# A hash of what differs from the last commit.
DIFFERENCE = git diff HEAD | git hash-object --stdin

.DEFAULT_GOAL := help
.PHONY: help run build test versions check vet fmt race bench bench-imap fuzz load e2e model tools clean

help:  ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: build  ## build, then serve the demo out of ./demo (DATA=dir; ARGS="--host ADDRESS" for phones)
	$(BIN) demo --data $(DATA) $(ARGS)

build:  ## bin/gannet
	$(GO) build -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/gannet

test: tools  ## every test
	$(GO) test -tags $(TAGS) -shuffle=on ./...
	@$(MAKE) --no-print-directory -j 2 versions

versions: $(VERSIONS:%=eas-%)  ## the tests of ActiveSync at its other versions
eas-%:
	$(GO) test -tags $(TAGS) -short -shuffle=on ./activesync -eas.version $*

check:  ## what a change must pass: format, vet, tests, race detector, and that these change no file
	@before=$$($(DIFFERENCE)); $(MAKE) --no-print-directory fmt vet test race || exit; \
	test "$$before" = "$$($(DIFFERENCE))" || { echo "files changed while this ran; git diff shows them"; exit 1; }

vet:  ## go vet
	$(GO) vet -tags $(TAGS) ./...

fmt:  ## fail when gofmt would change a file
	@out=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$out" || { echo "gofmt these:"; echo "$$out"; exit 1; }

race:  ## the concurrent packages under the race detector
	$(GO) test -tags $(TAGS) -race $(RACE)

bench:  ## benchmarks, each beside its limit or peer
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchmem ./...

bench-imap: build  ## IMAP and POP3 beside Debian's Dovecot, where installed (ARGS="-only search -storage sdbox")
	$(GO) run -tags $(TAGS) ./cmd/gannet/benchimap -gannet $(BIN) $(ARGS)

fuzz:  ## every fuzz target for FUZZTIME (60s)
	TAGS=$(TAGS) FUZZTIME=$(FUZZTIME) GO=$(GO) scripts/fuzz

load: build  ## load figures: parked Pings, delivery, first sync, a thousand devices at work (ARGS="-only parked -pings 10000")
	$(GO) run -tags $(TAGS) ./cmd/gannet/load -gannet $(BIN) $(ARGS)

e2e: build  ## the long stories against the real binary, and other people's mail programs
	@scripts/tools clients
	$(GO) test -tags '$(TAGS) e2e' -count=1 -timeout 30m ./activesync/model ./cmd/...

model:  ## twenty thousand random steps of ActiveSync, each answer to the byte (ARGS="-model.seed 7 -model.steps 50000")
	$(GO) test -tags '$(TAGS) e2e' -count=1 -timeout 30m -v -run 'TestModel$$' ./activesync/model -args $(ARGS)

tools:  ## install what the tests can use (swaks, wbxml2xml), where that is allowed
	@scripts/tools

clean:  ## remove what was built
	rm -rf bin build
