# Two commands matter: `make run` and `make test`. Each sets up what it lacks and skips what is done.
# Downloads and what is made of them lie in ${XDG_CACHE_HOME:-~/.cache}/docmind, which may be deleted at any time.

ARGS ?=
JOBS ?= $(shell nproc)

.PHONY: help run setup models build test test-unit test-e2e test-browser sanitize bench format install clean
.NOTPARALLEL:

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build models ## set up, build, and serve the page (ARGS="--listen 127.0.0.1:9000 --data DIR")
	@exec build/bin/docmind serve $(ARGS)

setup: ## Debian packages and libraries that the build needs
	@bash tools/packages.sh
	@bash tools/libraries.sh
	@bash tools/web.sh

models: ## the embedder, the reranker and the built-in language model
	@bash tools/models.sh || echo "warning: without an embedding model there is keyword search only; run 'make models' again when the network is there" >&2
	@bash tools/llm.sh || echo "warning: without the built-in model answers are the best passages; set DOCMIND__LLM__BASE_URL to use Ollama or vLLM" >&2

build: setup ## build/bin/docmind and build/bin/docmind-worker, optimised
	@bash tools/build.sh release docmind docmind-worker docmind_shared

test: ## every test: unit, layers, black-box, browser, sanitizers
	@bash tools/packages.sh test
	@$(MAKE) --no-print-directory build models
	@bash tests/run.sh all

test-unit: build ## the fast tests only (no processes, no browser)
	@bash tests/run.sh unit

test-e2e: build models ## the black-box tests against the built program
	@bash tests/run.sh e2e

test-browser: build models ## the page in a real browser
	@bash tests/run.sh browser

sanitize: setup ## the unit tests under AddressSanitizer with UBSan, then under ThreadSanitizer
	@bash tools/packages.sh test
	@bash tests/run.sh sanitize

bench: build models ## measure; the results in bench/RESULTS.md come from here
	@bash bench/run.sh

format: ## clang-format over all C++
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

install: build ## install programs, library and headers (PREFIX=/usr/local)
	@cmake --install build --prefix "$(or $(PREFIX),/usr/local)"

clean: ## remove what was built here; the cache stays
	rm -rf build build-* web/dist web/node_modules tests/browser/node_modules
