# What a newcomer needs: `make demo` and `make test`. Everything here also works in CI.

SWIFT_BUILD_FLAGS ?=
PREFIX ?= /usr/local
PLANETBED = .build/release/planetbed
LAB = inventory/lab.toml

.PHONY: demo demo-down build test test-build test-unit test-ssh test-lab test-delays test-cluster test-report bench table5.1 format lint install packages

# A testbed of three sites on this computer, from nothing to a cluster whose delays are measured.
demo: packages-lab build
	$(PLANETBED) lab up $(LAB)
	$(PLANETBED) apply $(LAB) --yes
	@sh scripts/demo-next.sh $(PLANETBED) $(LAB)

demo-down:
	$(PLANETBED) lab down $(LAB)

build: packages-build
	swift build -c release --product planetbed $(SWIFT_BUILD_FLAGS)

# The Debian packages for each purpose; what is there already is left alone.
packages-%:
	sh scripts/install-packages.sh $*

packages: packages-build packages-lab packages-test

# All tests, in seven runs: the many small ones in parallel; those that run each role's programs in dash
# and busybox, a thousand times, and leave no thread to others meanwhile, with those of a planet of 717
# sites, which take half a minute each in a debug build; those that measure a real sshd; those that share
# one lab; those that share a lab with delays; those that share a cluster; those that share a small cluster
# behind a delay. And reports in a browser.
test: packages test-unit test-report
	sh scripts/run-tests.sh --filter '$(LONG_TESTS)'
	sh scripts/run-tests.sh --filter SSHTransportTests
	sh scripts/run-tests.sh --filter LabTests --skip OnTheCluster --skip WithDelays --skip MeasuringStarts
	sh scripts/run-tests.sh --filter WithDelays
	sh scripts/run-tests.sh --filter OnTheCluster
	sh scripts/run-tests.sh --filter MeasuringStarts

LONG_TESTS = RolesTests.(CaseTests|ProgramTests)|LatencyInjectionTests|LargeLatencyTests|Of717Sites

test-build:
	swift build --build-tests $(SWIFT_BUILD_FLAGS)

# The quick ones alone.
test-unit: packages-test test-build
	sh scripts/run-tests.sh --skip LabTests --skip SSHTransportTests --skip '$(LONG_TESTS)'

test-ssh: packages test-build
	sh scripts/run-tests.sh --filter SSHTransportTests

test-lab: packages test-build
	sh scripts/run-tests.sh --filter LabTests --skip OnTheCluster --skip WithDelays --skip MeasuringStarts

test-delays: packages test-build
	sh scripts/run-tests.sh --filter WithDelays

# Reports as a browser shows them: those with which ReportTests compare what is written.
test-report:
	sh scripts/test-report.sh

test-cluster: packages test-build
	sh scripts/run-tests.sh --filter OnTheCluster
	sh scripts/run-tests.sh --filter MeasuringStarts

# planetbed against its peers, as ratios in one run: docs/bench.md.
bench: packages-bench packages-lab build
	sh scripts/bench.sh

# The seed's table 5.1, measured on the lab, with its report: docs/measure.md. About an hour; one that was
# interrupted goes on with: make table5.1 MEASURE_FLAGS=--resume
table5.1: packages-lab build
	$(PLANETBED) lab up $(LAB)
	$(PLANETBED) apply $(LAB) --yes
	sh scripts/table5.1.sh $(PLANETBED) $(LAB) docs/results $(MEASURE_FLAGS)

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	sh scripts/lint.sh

install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/planetbed
	install -m 0755 $(PLANETBED) $(DESTDIR)$(PREFIX)/bin/planetbed
	install -d $(DESTDIR)$(PREFIX)/share/planetbed/scripts
	cp -R roles templates $(DESTDIR)$(PREFIX)/share/planetbed/
	cp -R scripts/lab-kubernetes $(DESTDIR)$(PREFIX)/share/planetbed/scripts/
