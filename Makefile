# reeld's own commands. `make help` lists them.

PREFIX     = /usr/local
SYSCONFDIR = /etc
DESTDIR    =
# Where the programs to install are found.
BUILD_DIR  = .build/release
# Where benchmarks work: on the kind of disk the spool would be on.
BENCH_DIR  = /var/tmp

PROGRAMS = reeld reelctl reeld-motion reeld-speak

bindir   = $(PREFIX)/bin
datadir  = $(PREFIX)/share/reeld
mandir   = $(PREFIX)/share/man
docdir   = $(PREFIX)/share/doc/reeld
confdir  = $(SYSCONFDIR)/reeld
# systemd reads below /usr and /usr/local only.
unitbase = $(if $(filter /usr /usr/local,$(PREFIX)),$(PREFIX),/usr/local)/lib

unit     = $(unitbase)/systemd/system/reeld.service
catalog  = $(unitbase)/systemd/catalog/reeld.catalog
sysusers = $(unitbase)/sysusers.d/reeld.conf
tmpfiles = $(unitbase)/tmpfiles.d/reeld.conf

.PHONY: build test test-release test-often torture fuzz lint demo bench-spool bench-video bench-resilience install \
    uninstall clean help

## build      compile the programs for use
build:
	.ci/packages build
	swift build -c release --static-swift-stdlib

## test       run all tests; installs what they need when run as root
test:
	.ci/packages build run test
	swift build --build-tests
	Tests/run

## test-release  what members of the group and their libraries may do to the programs as they are used, optimized
test-release: build
	.ci/packages build run test
	swift build --build-tests
	REELD_PROGRAMS="$(CURDIR)/.build/release" swift test --skip-build --quiet \
	    --filter 'HostileMemberTests|DroppingTests|CancelTests|argumentsAreTheKernels'

## test-often  run all tests ROUNDS times (5), beside LOAD busy processes (0)
ROUNDS = 5
LOAD   = 0
test-often:
	.ci/packages build run test
	swift build --build-tests
	Tests/run --rounds $(ROUNDS) --load $(LOAD)

## torture    kill, cut off and fail the daemon at every place: minutes to an hour
torture:
	.ci/packages build run test
	swift build --build-tests
	TORTURE=all swift test --skip-build --filter TortureTests

## fuzz       look for job specs that break the parser, for FUZZ_TIME seconds (600)
FUZZ_TIME = 600
fuzz:
	.ci/packages build
	REELD_FUZZER=1 swift build -c release --scratch-path .build/fuzzer \
	    --sanitize fuzzer -Xswiftc -parse-as-library --product fuzzer
	mkdir -p .build/fuzzer/corpus
	.build/fuzzer/release/fuzzer -max_total_time=$(FUZZ_TIME) -timeout=10 \
	    -artifact_prefix=.build/fuzzer/ .build/fuzzer/corpus inbox-example

## lint       check style and scripts
lint:
	swift format lint --strict -r Sources Tests Benchmarks Package.swift
	for script in .ci/* Tests/run Tests/SystemTests/boot Tests/SystemTests/*.sh; do \
	    case $$(head -n 1 $$script) in \
	    *python3) python3 -c "compile(open('$$script').read(), '$$script', 'exec')" ;; \
	    *) bash -n $$script ;; \
	    esac || exit 1; \
	done
	.ci/pages --check
	# To a macro a quote says where an argument ends: \(dq is one that is read.
	! grep -n '^\.[^\\].*"' docs/*.[0-9]

## demo       make the videos of inbox-example/ under demo-root/
demo:
	.ci/packages build run
	$(MAKE) build
	.ci/demo

## bench-spool  compare the spool with a reference in C; QUICK=1 for less (Benchmarks/spool.md)
bench-spool: build
	mkdir -p .build/bench
	cc -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -o .build/bench/reference Benchmarks/reference.c
	cc -O2 -shared -fPIC -o .build/bench/nosync.so Benchmarks/nosync.c
	python3 Benchmarks/spool.py --directory "$(BENCH_DIR)" $(if $(QUICK),--quick) \
	    $(if $(JOURNAL),--journal) $(if $(OTHER),--other "$(OTHER)")

## bench-resilience  what deciding about a call costs; QUICK=1 for less (Benchmarks/resilience.md)
bench-resilience:
	.ci/packages build
	REELD_BENCH=1 swift build -c release --scratch-path .build/bench-resilience \
	    --product bench-resilience
	.build/bench-resilience/release/bench-resilience $(if $(QUICK),--quick)

## bench-video  compare videos with x264 alone and one long command; QUICK=1 for less (Benchmarks/video.md)
bench-video: build
	.ci/packages run
	python3 Benchmarks/video.py --programs "$(BUILD_DIR)" --directory "$(BENCH_DIR)" \
	    $(if $(QUICK),--quick) $(if $(TURNS),--turns $(TURNS))

$(PROGRAMS:%=$(BUILD_DIR)/%):
	$(MAKE) build

## install    install under PREFIX (/usr/local), SYSCONFDIR (/etc) and DESTDIR (none)
install: $(PROGRAMS:%=$(BUILD_DIR)/%)
	test -n "$(DESTDIR)" || .ci/packages run
	install -d "$(DESTDIR)$(bindir)" "$(DESTDIR)$(datadir)" "$(DESTDIR)$(confdir)"
	install -m 0755 $^ "$(DESTDIR)$(bindir)"
	install -m 0644 Config/job.schema.json "$(DESTDIR)$(datadir)"
	install -D -m 0644 docs/reeld.8 "$(DESTDIR)$(mandir)/man8/reeld.8"
	install -D -m 0644 docs/reelctl.1 "$(DESTDIR)$(mandir)/man1/reelctl.1"
	install -D -m 0644 docs/reeld-job.5 "$(DESTDIR)$(mandir)/man5/reeld-job.5"
	install -D -m 0644 docs/reeld.json5.5 "$(DESTDIR)$(mandir)/man5/reeld.json5.5"
	install -D -m 0644 docs/reeld-recipes.7 "$(DESTDIR)$(mandir)/man7/reeld-recipes.7"
	install -D -m 0644 README.md "$(DESTDIR)$(docdir)/README.md"
	install -D -m 0644 -t "$(DESTDIR)$(docdir)/inbox-example" inbox-example/*.json
	install -D -m 0755 -t "$(DESTDIR)$(docdir)/examples/hooks" examples/hooks/*
	"$(BUILD_DIR)/reelctl" completion bash | install -D -m 0644 /dev/stdin \
	    "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/reelctl"
	"$(BUILD_DIR)/reelctl" completion zsh | install -D -m 0644 /dev/stdin \
	    "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_reelctl"
	"$(BUILD_DIR)/reelctl" completion fish | install -D -m 0644 /dev/stdin \
	    "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/reelctl.fish"
	test -e "$(DESTDIR)$(confdir)/reeld.json5" || \
	    install -m 0644 Config/reeld.json5 "$(DESTDIR)$(confdir)"
	install -D -m 0644 systemd/reeld.service "$(DESTDIR)$(unit)"
	sed -i -e 's|@bindir@|$(bindir)|g' -e 's|@sysconfdir@|$(SYSCONFDIR)|g' "$(DESTDIR)$(unit)"
	install -D -m 0644 systemd/reeld.catalog "$(DESTDIR)$(catalog)"
	install -D -m 0644 systemd/reeld.sysusers.conf "$(DESTDIR)$(sysusers)"
	install -D -m 0644 systemd/reeld.tmpfiles.conf "$(DESTDIR)$(tmpfiles)"
	test -n "$(DESTDIR)" || .ci/introduce "$(sysusers)" "$(tmpfiles)"

## uninstall  remove what install put there; keeps the configuration, the spool and the user
uninstall:
	test -n "$(DESTDIR)" || .ci/introduce --stop
	rm -f $(PROGRAMS:%="$(DESTDIR)$(bindir)/%") "$(DESTDIR)$(datadir)/job.schema.json" \
	    "$(DESTDIR)$(mandir)/man8/reeld.8" "$(DESTDIR)$(mandir)/man1/reelctl.1" \
	    "$(DESTDIR)$(mandir)/man5/reeld-job.5" "$(DESTDIR)$(mandir)/man5/reeld.json5.5" \
	    "$(DESTDIR)$(mandir)/man7/reeld-recipes.7" \
	    "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/reelctl" \
	    "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_reelctl" \
	    "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/reelctl.fish" \
	    "$(DESTDIR)$(unit)" "$(DESTDIR)$(catalog)" "$(DESTDIR)$(sysusers)" "$(DESTDIR)$(tmpfiles)"
	rm -rf "$(DESTDIR)$(docdir)"
	test ! -d "$(DESTDIR)$(datadir)" || rmdir --ignore-fail-on-non-empty "$(DESTDIR)$(datadir)"
	test -n "$(DESTDIR)" || .ci/introduce

## clean      remove what was built
clean:
	rm -rf .build

## help       list the commands
help:
	@sed -n 's/^## /make /p' Makefile
