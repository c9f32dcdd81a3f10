# Everything that a fresh machine needs beyond Go 1.26, Node.js 20 and npm is
# installed by these targets, into .bin/ and node's own cache.
SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.bin
AZURITE_VERSION := 3.37.0
GOLANGCI_VERSION := v2.15.0
GOVULNCHECK_VERSION := v1.8.0
AZURITE := $(BIN)/azurite/node_modules/azurite/package.json
SERVICEBUS_JS := $(BIN)/servicebus-js/node_modules/@azure/service-bus/package.json
SERVICEBUS_JS_SOURCE := test/emulator/servicebus/testdata/javascript
PEER_NODE := $(BIN)/peer-node/node_modules/@azure/storage-blob/package.json
PEER_NODE_SOURCE := test/bench/peers/node
AXE := $(BIN)/axe/node_modules/axe-core/package.json
AXE_SOURCE := test/browser/axe
GOLANGCI := $(BIN)/golangci-lint-$(GOLANGCI_VERSION)
FUZZTIME ?= 30s
BROWSER_ARGS ?=
BENCH_OUT ?=
SEED ?= 1

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: tools build ## Export a fake account end to end on the embedded stack, and check the result
	.bin/dsr demo

.PHONY: demo-delete
demo-delete: tools build ## Delete accounts, and one person's own in a shared workspace, approved by a second person, and certify it
	.bin/dsr demo --delete

.PHONY: demo-func
demo-func: ## Run the demo under Core Tools' func start and Microsoft's Service Bus emulator
	deploy/demo-func.sh

# The fault runs start many processes of their own; they have their own targets.
PACKAGES = $$(go list ./... | grep -v '/test/faults$$')

.PHONY: test
test: test-tools ## Run all tests but the long ones below, in random order
	go vet ./...
	go test -shuffle=on -timeout 10m $(PACKAGES)

# What it leaves out is one goroutine's: the longest tables of the survey and of the person's
# copy, and of the simulation what steps through crashes one after another. It also leaves out
# what starts other processes and waits for them: cmd/dsr-local, the benchmark, the large copy,
# and of cmd/dsr the pages of the manual, the damages of a download, every --help, and the
# package, which is built for another system. `make test` runs all of that without the detector,
# and `make test-race-simulation` the simulation with it.
ONE_GOROUTINE := MixesNoPasses|GoOnBehindAnyOfThem|AllOfOnePersonAndNobodyElse|MemoryDoesNotGrowWithTheArchive|AnInterruptedCopy|AKilledCopyIsMade|OwnNamesAreNotedOnce
OTHER_PROCESSES := EveryDamageOfASignedDownload|AsThePageSays|ThePackageIsForLinux|TestScripts/^(help|package)
AT_ONCE := Concurrent|AtOnce|TwoHandlers|TwoWorkers|Twice|OneTrace|Throttl|Panic

.PHONY: test-race
test-race: test-tools ## The same with the race detector: 7 minutes
	go test -race -shuffle=on -timeout 20m -skip '$(OTHER_PROCESSES)|$(ONE_GOROUTINE)' $$(go list ./... | grep -v '/test/faults$$\|/test/simulation$$\|/test/bench$$\|/test/copysize$$\|/cmd/dsr-local$$')
	go test -race -shuffle=on -timeout 20m -run '$(AT_ONCE)' ./test/simulation

# The detector's runtime fails now and then in a process as long as all of the simulation
# under it, so that has two.
.PHONY: test-race-simulation
test-race-simulation: test-tools ## All of the simulation with the race detector: 15 minutes, and not part of CI
	go test -race -shuffle=on -timeout 30m -run '^TestA' -skip 'AnAttemptOfAnySize|LongerThanACheck' ./test/simulation
	go test -race -shuffle=on -timeout 30m -skip '^TestA' ./test/simulation

.PHONY: test-exhaustive
test-exhaustive: ## Crash before and after every effect, and let everything else come at every moment: 2 minutes
	go test -shuffle=on -timeout 10m ./test/simulation -exhaustive

.PHONY: test-browser
test-browser: tools build $(AXE) ## Look at the page with headless Chromium (Debian's package chromium, or CHROMIUM=PROGRAM): 2 minutes
	go vet -tags browser ./test/browser/...
	go test -tags browser -timeout 10m ./test/browser $(BROWSER_ARGS)

.PHONY: pictures
pictures: ## Write the pictures of the page in docs/images again
	$(MAKE) --no-print-directory test-browser BROWSER_ARGS="-run Pictures -args -screenshots"

.PHONY: recording
recording: tools build ## Record the demo for the README again, as a moving picture
	go run ./test/recording -out docs/images/demo.svg -as "make demo" -- sh -c '$(BIN)/dsr demo 2>&1'

.PHONY: test-size
test-size: ## Close an attempt of 10,000,000 documents, and let it expire, on a simulated clock
	go test ./test/simulation -run 'AnAttemptOfAnySize|ManyOpenAttempts' -v -args -documents 10000000

.PHONY: test-size-copy
test-size-copy: tools ## Make a person's copy of 1,000,000 documents, also by a worker that is killed ten times: not part of CI
	go test -timeout 20m ./internal/personcopy -run MemoryDoesNotGrow -v -args -documents 1000000
	go test -timeout 90m ./test/copysize -v -args -documents 1000000 -kills 10 -seed $(SEED)

.PHONY: test-faults-short
test-faults-short: tools ## Break the whole app, with real processes, for 6 minutes
	go test -shuffle=on -timeout 20m ./test/faults

.PHONY: test-faults
test-faults: tools ## Break the whole app for an hour: kills, faults, throttling (SEED=n chooses the moments)
	go test ./test/faults -long -seed $(SEED) -timeout 90m -v

.PHONY: build
build: ## Build .bin/dsr, which is deployed, and .bin/dsr-local, which runs the stand-ins
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o .bin/ ./cmd/dsr ./cmd/dsr-local

.PHONY: package
package: build ## Make the deployable folder and zip in dist/
	.bin/dsr package

.PHONY: release
release: ## Build what a release holds into dist/release: make release VERSION=v1.2.3
	.ci/release "$(VERSION)"

.PHONY: vulnerabilities
vulnerabilities: ## Look the dependencies up in Go's vulnerability database, which needs the internet
	go run golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION) ./...

.PHONY: local
local: tools build ## Run the whole stack on this machine until Ctrl-C
	.bin/dsr local

.PHONY: tools
tools: $(AZURITE) ## Install Azurite, the storage emulator that tests and demo use

.PHONY: test-tools
test-tools: tools $(SERVICEBUS_JS) ## Install what only tests use: the JavaScript client of Service Bus

$(PEER_NODE): $(PEER_NODE_SOURCE)/package-lock.json $(PEER_NODE_SOURCE)/worker.mjs
	mkdir -p $(BIN)/peer-node
	cp $(PEER_NODE_SOURCE)/package.json $(PEER_NODE_SOURCE)/package-lock.json $(PEER_NODE_SOURCE)/worker.mjs $(BIN)/peer-node
	npm ci --prefix $(BIN)/peer-node --no-audit --no-fund --loglevel=error
	touch $@

$(AZURITE):
	npm install --prefix $(BIN)/azurite --no-save --no-audit --no-fund --loglevel=error azurite@$(AZURITE_VERSION)

$(SERVICEBUS_JS): $(SERVICEBUS_JS_SOURCE)/package-lock.json
	mkdir -p $(BIN)/servicebus-js
	cp $(SERVICEBUS_JS_SOURCE)/package.json $(SERVICEBUS_JS_SOURCE)/package-lock.json $(BIN)/servicebus-js
	npm ci --prefix $(BIN)/servicebus-js --no-audit --no-fund --loglevel=error
	touch $@

$(AXE): $(AXE_SOURCE)/package-lock.json
	mkdir -p $(BIN)/axe
	cp $(AXE_SOURCE)/package.json $(AXE_SOURCE)/package-lock.json $(BIN)/axe
	npm ci --prefix $(BIN)/axe --no-audit --no-fund --loglevel=error
	touch $@

.PHONY: lint
lint: $(GOLANGCI) ## Run the linters, the layers between the packages included
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$unformatted" ]; then echo "not gofmt-ed: $$unformatted"; exit 1; fi
	$(GOLANGCI) run ./...

$(GOLANGCI):
	GOBIN=$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(BIN)/golangci-lint $@

# Both are on a simulated clock, so neither minds the other.
.PHONY: test-simulated
test-simulated:
	$(MAKE) --no-print-directory -j 2 -O test-exhaustive test-size

.PHONY: ci
ci: test lint test-race test-simulated test-browser test-faults-short ## What CI runs

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (default 30s)
	@set -e; for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

.PHONY: bench
bench: tools ## Compare the worker with a plain loop, and the broker's speed: 21 minutes, on a machine with nothing else to do; BENCH_OUT=FILE keeps the table
	go test ./test/simulation -run CallsGrow -tasks 17000 -v | grep -E 'calls|ok|FAIL'
	go run ./test/bench -out "$(BENCH_OUT)"
	$(MAKE) --no-print-directory bench-broker

.PHONY: bench-short
bench-short: tools ## The same with small sizes: 5 minutes
	go run ./test/bench -short -out "$(BENCH_OUT)"

.PHONY: bench-peers
bench-peers: tools $(PEER_NODE) ## Compare the worker with a plain loop, Benthos and a Node worker, runs alone: 8 minutes
	go run ./test/bench -peers -out "$(BENCH_OUT)"

.PHONY: bench-broker
bench-broker: ## Print the broker's speed, client and broker together
	go test ./test/emulator/servicebus -run '^$$' -bench . -benchtime 3s

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf .bin .dsr dist
