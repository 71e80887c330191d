# The two commands to know: make local, make test.
STACK ?= dev
PIPELINE ?= all
PORT ?= 0

GOFUMPT = go run mvdan.cc/gofumpt@v0.9.2
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.7.0
# Without shellcheck and pyflakes, which it would use where they happen to be installed.
ACTIONLINT = go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -shellcheck= -pyflakes=

JAVA_FORMAT = $(if $(JAVA_HOME),$(JAVA_HOME)/bin/)java -jar local/trino/target/google-java-format.jar
JAVA_FILES = $$(find local/trino/src -name '*.java')

FORMATTED = unformatted=$$($(GOFUMPT) -l asl components internal local/*.go local/*/ main.go stack) && test -z "$$unformatted" || { \
	echo "not formatted, run make format:" $$unformatted; exit 1; }

VENV = etl/.venv/bin
OTHER_PYTHON = --config etl/pyproject.toml local/parameters

# Of make test-all, whose tests are those with the build tag nightly too. Each night has a seed of its own, by .github/workflows/nightly.yml.
STACKS ?= 1000
SEED ?= 1

.PHONY: help setup local show query trino serve verify schedule check test test-program test-local test-plugin test-job test-all lint format golden bench bench-etl

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 12

setup: ## Check this machine's tools and install what the local run reads
	@./local/setup.sh '$(PIPELINE)' $(BESIDES)

local: setup ## Run a stack's pipelines on this machine: make local [STACK=dev] [PIPELINE=usage] [DATA=DIR]
	@echo "Building the local run (the first time takes a few minutes, later ones seconds)"
	@cd local && go run . run --stack '$(STACK)' --pipeline '$(PIPELINE)' $(if $(DATA),--data '$(abspath $(DATA))')

show: ## Show what the last run did, and open its page in a browser: make show [STACK=dev]
	@cd local && go run . show --stack '$(STACK)'

query: PIPELINE = usage
query: setup ## Query what the last run left, in Trino's command line: make query [STACK=dev]
	@cd local && go run . trino --stack '$(STACK)' --cli

trino: PIPELINE = usage
trino: setup ## Keep Trino up on what the last run left, for JDBC and other clients: make trino [STACK=dev]
	@cd local && go run . trino --stack '$(STACK)'

serve: PIPELINE = usage
serve: setup ## Answer AWS's own clients on what the last run left: make serve [STACK=dev] [PORT=4566]
	@cd local && go run . serve --stack '$(STACK)' --port '$(PORT)'

verify: ## Compare a deployed stack with its last local run: make verify [STACK=dev] [COPY=yes] [ENDPOINT=URL]
	@cd local && go run . verify --stack '$(STACK)' $(if $(COPY),--copy) $(if $(ENDPOINT),--endpoint '$(ENDPOINT)')

schedule: PIPELINE = none
schedule: setup ## Show the next five runs of what is scheduled, in UTC and local time
	@cd local && go run . schedule --stack '$(STACK)'

check: ## Check what needs Go alone: formatting, vet, the tests of the Pulumi program and of the local run's plain packages
	@$(FORMATTED)
	go vet -tags nightly ./...
	go test ./...
	cd local && go test ./eventbridge ./glue ./objects ./virtual

test: BESIDES = clients cfn-lint browser
test: setup lint ## Run the tests and checks, in minutes
	@$(MAKE) --no-print-directory --jobs=2 test-program test-local test-plugin test-job TAGS='$(TAGS)'

# Cores are few where memory is not: Go collects garbage, its linker's too, a fourth as often.
test-program test-local: export GOGC = 400

test-program:
	@echo "Testing the Pulumi program"
	go test $(TAGS) ./...

test-local:
	@echo "Testing the local run"
	cd local && go test $(TAGS) -timeout 60m ./...

test-plugin:
	@echo "Testing Trino's plugin"
	cd local/trino && mvn -B test

test-job:
	@echo "Testing the Spark job"
	cd etl && .venv/bin/python -m pytest

test-all: TAGS = -tags nightly
test-all: test ## Run every test and check, slow ones too: make test-all [STACKS=1000] [SEED=1]
	@echo "Having every call of both stacks fail"
	cd local && go test ./faults -timeout 60m -all-faults
	@echo "Drawing $(STACKS) stacks at random, with seed $(SEED), and judging the policies of 50"
	cd local && go test ./policy -timeout 60m -run 'RandomStacks' -random 50 -seed '$(SEED)'
	go test ./stack -timeout 60m -run '^TestRandomStacks' -random '$(STACKS)' -seed '$(SEED)' -v
	@echo "Having every mutant of the stacks judged"
	cd local && go test ./mutants -timeout 90m -all-mutants

lint: BESIDES = cfn-lint
lint: setup ## Check formatting and run the linters
	@echo "Checking formatting (gofumpt, google-java-format), go vet, staticcheck, actionlint, cfn-lint, ruff"
	@$(FORMATTED)
	go vet -tags nightly ./...
	cd local && go vet -tags nightly ./...
	$(STATICCHECK) -tags nightly ./...
	cd local && $(STATICCHECK) -tags nightly ./...
	$(ACTIONLINT)
	bootstrap/.venv/bin/cfn-lint bootstrap/account.yaml
	$(JAVA_FORMAT) --dry-run --set-exit-if-changed $(JAVA_FILES)
	$(VENV)/ruff check etl
	$(VENV)/ruff format --check etl
	$(VENV)/ruff check $(OTHER_PYTHON)
	$(VENV)/ruff format --check $(OTHER_PYTHON)

format: setup ## Format the Go, Java and Python code
	$(GOFUMPT) -w asl components internal local/*.go local/*/ main.go stack
	$(JAVA_FORMAT) --replace $(JAVA_FILES)
	$(VENV)/ruff format etl
	$(VENV)/ruff format $(OTHER_PYTHON)

golden: ## Rewrite the golden files and draw the diagrams anew
	go test ./stack -update
	go generate ./...

bench: setup ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...
	cd local && go test -run '^$$' -bench . -benchmem ./...

bench-etl: setup ## Measure the Spark job beside its former self, DuckDB and plain Spark, and on a lake that grows: [BENCH=speed]
	$(VENV)/python etl/bench.py $(BENCH)
