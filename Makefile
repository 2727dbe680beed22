# One command for each habit; `make help` lists them. Each sets up what it needs: the machine needs git, make and
# Node 20 or newer with npm. The project's own Node comes with the dependencies and stands first in PATH.

.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

installed := node_modules/.installed-lock
bundle := dist/cli.js
# Folders count too: a file that was removed leaves its mark on one.
sources := $(shell find src scripts/build scripts/build.ts bin package.json tsconfig.json tsconfig.types.json)
# Of the image of this CLI; they are in docker/make.deploy.
image-targets := push-ci push-local docker-build-local docker-validate docker-tools docker-ecr-login docker-ecr-create run-ecr test-ecr
# Test files wait for servers and processes more than they compute.
parallel := 4

.PHONY: help demo test bench build action reference test-on check lint types directions unused format test-peers clean \
	$(image-targets)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' Makefile docker/make.deploy

demo: $(bundle) ## publish examples/hello to a registry of its own, and show what happens then
	@node bin/waybill.js demo

test: $(bundle) ## run all tests that need nothing outside Node
	@NODE_COMPILE_CACHE=$(CURDIR)/node_modules/.cache/compiled node --test --test-concurrency=$(parallel) --test-timeout=120000 'test/!(peers)/**/*.test.ts'

test-on: $(bundle) ## run make test's tests on another Node than the project's own: NODE=PATH-OF-NODE MAJOR=22
	@PATH="$(dir $(NODE)):$$PATH"; found=$$(node -p process.version); echo "tests run on Node $$found"; \
	case $$found in v$(MAJOR).*) ;; *) echo "expected Node $(MAJOR), found $$found" >&2; exit 1 ;; esac; \
	node --import ./scripts/older-node.ts --test --test-concurrency=$(parallel) --test-timeout=120000 'test/!(peers)/**/*.test.ts'

test-peers: $(bundle) ## install real registries, clients and builders, and test against them (Debian)
	@bash test/peers/install.sh
	@node --test --test-concurrency=1 --test-timeout=600000 'test/peers/**/*.test.ts'

bench: $(bundle) ## measure beside the peers, and write bench/RESULTS*.md (an hour and more; small=1 only tries it out)
	@bash test/peers/install.sh
	@node bench/run.ts $(if $(small),--small)
	@node bench/build.ts $(if $(small),--small)

action: $(installed) ## make action/, what GitHub runs of this repository; checked in, and held to the sources by a test
	@node scripts/action.ts

reference: $(installed) ## write docs/commands.md and man/waybill.1 from the commands' definitions; a test holds them to these
	@node scripts/reference.ts

build: $(bundle) ## make dist/: the command, the library and its types

check: lint types directions unused ## everything that looks at the code without running it

lint: $(installed) ## find mistakes and unformatted files
	@biome check --error-on-warnings .

types: $(installed) ## check the types
	@tsc -p .

directions: $(installed) ## check which room imports which
	@node scripts/directions.ts

unused: $(installed) ## find files, exports and dependencies that nothing uses
	@knip

format: $(installed) ## format, and mend what can be mended safely
	@biome check --write .

clean: ## remove what was made here
	rm -rf dist node_modules

$(bundle): $(installed) $(sources)
	@node scripts/build.ts

# npm's warnings are about the machine's Node; the project runs on its own.
# Compared by content: a checkout gives files new times, and npm ci takes a while.
$(installed): package-lock.json
	@if cmp -s $< $@; then touch $@; else npm ci --no-progress --no-audit --no-fund --loglevel=error && cp $< $@; fi

$(image-targets):
	@$(MAKE) --no-print-directory -C docker $@
