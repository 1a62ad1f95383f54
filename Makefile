# The commands that people and CI use. `make` alone lists them.

# A fresh rustup stands here before the shell's next start.
export PATH := $(PATH):$(HOME)/.cargo/bin

.PHONY: help build run demo test lint bench proof
.DEFAULT_GOAL := help

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

build: ## make target/release/regia
	@scripts/install build
	cargo build --release -p regia

run: ## install what is missing, build, start the server
	@scripts/install run
	cargo build --release -p regia
	@target/release/regia serve

demo: ## the same with 200 simulated devices, on this machine only
	@scripts/install run
	cargo build --release -p regia
	@scripts/demo

test: ## run every test against a throw-away database
	@scripts/install test
	cargo xtask test

lint: ## check form, lints, layers, sizes, names, documents, licences
	@scripts/install build
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo xtask layers
	cargo xtask tidy
	@if cargo deny --version >/dev/null 2>&1; \
	then cargo deny --offline check bans licenses sources; \
	else echo "cargo deny is not installed: licences and sources are not checked"; fi

# As root, PostgreSQL drops to a user who may not be able to enter this folder.
BENCH_DATA = $$([ "$$(id -u)" = 0 ] && echo /var/lib/regia-bench || echo target/bench/data)

bench: ## measure the released server under load; writes target/bench/results.json
	@scripts/install run
	cargo build --release -p regia -p regia-simulate
	target/release/bench target/release/regia "$(BENCH_DATA)" target/bench/results.json

# A failed round says how to repeat it.
SEED ?= $$(date +%s)
ROUNDS ?= 200
FIRST ?= 1
PROOF_DATA = $$([ "$$(id -u)" = 0 ] && echo /var/lib/regia-proof || echo target/proof/data)

proof: ## kill server and PostgreSQL amid work, many times, and check that nothing is lost
	@scripts/install run
	cargo build --release -p regia -p regia-simulate
	target/release/proof target/release/regia "$(PROOF_DATA)" "$(SEED)" "$(ROUNDS)" "$(FIRST)"
