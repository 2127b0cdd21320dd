# Everything that is done with these sources. "make" alone prints the list.

# The executables; "make static" builds each.
PRODUCTS := swab swab-submit
PREFIX := /usr/local
SCRIPTS := $(wildcard Scripts/*.sh Wrapper/*.sh Tests/Condor/*.sh Tests/XRootD/*.sh) .ci/run
PYTHON := $(wildcard Scripts/*.py Benchmarks/*.py Benchmarks/peers/*.py Tests/Chaos/*.py)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-build setup-run setup-static setup-dist setup-bench setup-unit setup-chaos setup-condor build run demo-cycle test test-unit test-condor static install dist bench sanitize fuzz chaos fleet lint format clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## install the Debian packages that are missing, for nearly all of the below (root or sudo)
	@Scripts/setup.sh build unit run static dist test bench
	@Tests/Condor/packages.sh .build/condor/release .build/condor
	@Tests/XRootD/packages.sh .build/xrootd

setup-build:
	@Scripts/setup.sh build

setup-run:
	@Scripts/setup.sh build run

setup-unit:
	@Scripts/setup.sh build unit

setup-static:
	@Scripts/setup.sh build static

setup-dist:
	@Scripts/setup.sh build static run dist

setup-bench:
	@Scripts/setup.sh build unit static test bench

setup-chaos:
	@Scripts/setup.sh build unit run static test bench

setup-condor: setup
	@[ "$$(id -u)" -eq 0 ] || { echo "make test-condor: a pool with users of its own needs root" >&2; exit 77; }
	@Scripts/setup.sh condor

build: setup-build ## build for debugging
	swift build

# The debug build: from nothing it takes about half the time of a release build.
run: setup-run ## build, delete some files from a made-up storage, and keep the report in .build/demo
	swift build --product swab
	Scripts/demo.sh "$$(swift build --show-bin-path)/swab"

demo-cycle: setup ## show the whole cycle: a throw-away HTCondor pool, three RSEs, two scans, and the pages
	Scripts/static.sh $(PRODUCTS)
	Scripts/demo-cycle.sh .build/static

static: setup-static ## build the fully static executables into .build/static
	Scripts/static.sh $(PRODUCTS)

install: ## install what "make static" has built: PREFIX=/usr/local DESTDIR=
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" Scripts/install.sh

dist: setup-dist ## make a tarball, a .deb and an .rpm in .build/dist
	Scripts/static.sh $(PRODUCTS)
	Scripts/dist.sh

test: setup ## build everything and run the linters and all tests
	swift build --build-tests
	Scripts/static.sh $(PRODUCTS)
	$(MAKE) lint
	Benchmarks/bench.py --smoke
	Tests/Chaos/chaos.py --smoke
	Scripts/test.sh

test-unit: setup-unit ## build and run the tests that need no server and no root: a minute after the build
	swift build --build-tests
	Scripts/test.sh unit

test-condor: setup-condor ## run whole campaigns on a real HTCondor: also as a remote pool, a compute element, Slurm (root)
	swift build --build-tests
	Scripts/static.sh $(PRODUCTS)
	swift test --skip-build --no-parallel --filter CondorTests

# What worker nodes get is measured where it has been built before; else the quicker release build.
bench: setup-bench ## measure how fast it deletes, beside other tools; BENCH="--runs 3 --only webdav" for a part
	@if [ -x .build/static/swab ]; then \
	  Scripts/static.sh swab && exec Benchmarks/bench.py $(BENCH); \
	else \
	  swift build -c release --product swab && exec Benchmarks/bench.py --swab .build/release/swab $(BENCH); \
	fi

# Thread sanitizer takes every Mutex of Swift's Synchronization for a race on Linux (it does not see the futex), so it
# tells nothing here. Under address sanitizer run the tests that have no servers and tools to wait for.
sanitize: setup ## run the tests of the libraries under address sanitizer
	swift build --build-tests --sanitize address --scratch-path .build-asan
	ASAN_OPTIONS=detect_leaks=0 swift test --skip-build --sanitize address --scratch-path .build-asan --filter \
	  'ByteStreamsTests|SiteConfTests|DeletionTests|CondorJobTests|FuzzTests|WebDAVTableTests|XRootFrameTests|XRootMachineTests|RmSafetyTests'

fuzz: setup-build ## feed each parser with anything for a minute; FUZZ="600 list token" for longer, or for some
	Scripts/fuzz.sh $(if $(FUZZ),$(FUZZ),60)

chaos: setup-chaos ## disturb it at random while it deletes from real servers; CHAOS="--runs 50 --seed 7 --only nginx"
	Scripts/static.sh swab
	Tests/Chaos/chaos.py $(CHAOS)

fleet: setup-condor ## run eight cycles over 60 RSEs and disturb them (root); FLEET="--rses 24 --cycles 6 --rucio .../python"
	Scripts/static.sh $(PRODUCTS)
	Tests/Chaos/fleet.py $(FLEET)

lint: ## check the format of the sources, and the scripts
	swift format lint --strict --recursive Sources Tests Package.swift
	shellcheck $(SCRIPTS)
	/usr/bin/python3 -m py_compile $(PYTHON)

format: ## put the sources into their format
	swift format --in-place --recursive Sources Tests Package.swift

clean: ## remove everything that was built
	rm -rf .build .build-static
