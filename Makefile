# SPDX-License-Identifier: MIT
# rx: one Makefile for GNU make.  Lists on top, rules below, no configure.
#
#   make run        installs what is missing, builds, and runs the agent in the
#                   foreground on this host's logs
#   make check      the tests           make check-san  under ASan and UBSan
#   make check-crash  kill -9 and mutants at full length, 40 minutes of it
#   make check-faults  what tests each row of FAULTS.md, longer forms than in
#                   check, and a table of the rows; 40 minutes at most
#   make fuzz       libFuzzer on each of t/fuzz, SECONDS=60 of it
#   make soak       the whole agent at work for MINUTES=30, and what grew in it
#   make coverage   which lines no test runs: $B-cov/lines
#   make bench      everything beside its peers, half an hour on a quiet machine:
#                   t/bench/results; BENCH='--quick', or names of t/bench/work
#   make bench-check  whether the gains still stand, on any machine, 2 minutes
#   make lint       formatters, analysers, gcc and clang with -Werror
#   make deb        a Debian package in B/deb, checked by lintian
#   make static     rx-tail and rx-match without any library, in B/static
#   make install    honours DESTDIR and PREFIX; make uninstall takes it back
#   make deps       what build and run need, from Debian; deps-check and
#                   deps-lint: what the tests and the analysers need
#
# Each step is a line; V=1 shows the command as well.
# CFLAGS, CPPFLAGS and LDFLAGS are yours and come last.  B is the build
# directory, so several builds live side by side: make B=build-clang CC=clang

VERSION := 0.1.0
PREFIX ?= /usr/local
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
UNITDIR ?= $(PREFIX)/lib/systemd/system
B ?= build
PKG ?= pkg-config
CFLAGS ?= -O2 -g

# Debian's names of what we need.  The build does without libsystemd-dev,
# libjose-dev and libhyperscan-dev (Debian has it for x86 only; elsewhere
# libvectorscan-dev is taken where it is installed); --version tells.
DEPS := gcc libc6-dev pkg-config libcurl4-openssl-dev librabbitmq-dev \
	libsqlite3-dev zlib1g-dev libjansson-dev libpcre2-dev libwebsockets-dev \
	libmd-dev libssl-dev libsystemd-dev libjose-dev libjs-chart.js \
	$(if $(filter x86_64,$(shell uname -m)),libhyperscan-dev)
DEPS_CHECK := bats jq sqlite3 python3 python3-pika rabbitmq-server \
	mandoc bsdextrautils logrotate binutils procps strace \
	curl iproute2 openssl openssh-server python3-jsonschema chromium systemd-journal-remote \
	prometheus prometheus-node-exporter faketime zsh codespell
DEPS_LINT := clang clang-format cppcheck shellcheck mandoc
DEPS_DEB := debhelper dpkg-dev fakeroot lintian debootstrap
DEPS_FUZZ := clang libclang-rt-14-dev

# The tools, and the libraries each links beside librx.a.
TOOLS := $(sort $(notdir $(wildcard cmd/rx-*)))
pkg_rx-tail := libmd libpcre2-8 zlib jansson
pkg_rx-match := libpcre2-8 jansson
pkg_rx-spool := sqlite3 zlib jansson libmd
pkg_rx-ship := librabbitmq libcurl libssl libcrypto sqlite3 zlib jansson libmd
pkg_rx-metrics := jansson libmd
pkg_rx-alert := jansson libmd
pkg_rx-serve := libwebsockets libssl libcrypto sqlite3 zlib jansson libmd
libs_rx-match := -lm
libs_rx-metrics := -lm

# Optional libraries: used when the build finds them, told by --version.
# None of them is in the static tools: libhs is 20 MB of C++, the journal's
# library is not there without the shared one.
have = $(if $(STATIC),,$(shell $(PKG) --exists $1 2>/dev/null && echo yes))
ifeq ($(call have,libhs),yes)
OPTIONS += -DHAVE_LIBHS
pkg_rx-match += libhs
endif
ifeq ($(call have,jose),yes)
OPTIONS += -DHAVE_LIBJOSE
pkg_rx-serve += jose
endif
ifeq ($(call have,libsystemd),yes)
OPTIONS += -DHAVE_LIBSYSTEMD
endif

# Hardening is on by default (SEC-44); a flag the compiler lacks is left out.
takes = $(shell echo 'int x;' | $(CC) $1 -Werror -c -x c -o /dev/null - \
	2>/dev/null && echo '$1')
WARN := -Wall -Wextra -Wpedantic -Wformat=2 -Wshadow -Wstrict-prototypes \
	-Wvla -Walloca
HARDEN := -fstack-protector-strong -fPIE \
	$(call takes,-fstack-clash-protection) \
	$(call takes,-fcf-protection) \
	$(call takes,-ftrivial-auto-var-init=zero)
HARDEN_LD := $(if $(STATIC),-static-pie,-pie) -Wl,-z,relro,-z,now,-z,noexecstack
ifdef SAN
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -DRX_SANITIZED
else
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif

# The prefix map keeps this machine's paths out of the debug information.
FLAGS = -std=c11 -D_GNU_SOURCE -I. -MMD -MP -ffile-prefix-map=$(CURDIR)=. \
	$(WARN) $(HARDEN) $(SANITIZE) $(OPTIONS) $(DEFINES) \
	-DRX_VERSION='"$(VERSION)"'

BINS := $(TOOLS:%=$B/%)
LIB_OBJS := $(patsubst %.c,$B/%.o,$(sort $(wildcard lib/*.c)))
UNITS := $(patsubst t/unit/%.c,$B/t/%,$(sort $(wildcard t/unit/*.c)))
FUZZ := $(patsubst t/fuzz/%.c,%,$(filter-out %/replay.c,$(sort $(wildcard t/fuzz/*.c))))
FAULTS := $(sort $(wildcard t/fault/*.c))

# What lint reads, and what install copies.
C_FILES := $(sort $(wildcard lib/*.[ch] cmd/*/*.[ch] t/unit/*.[ch] t/fault/*.c t/fuzz/*.[ch]))
UNIT_FILES := $(sort $(wildcard agent/systemd/*.service agent/systemd/*.target))
AGENT_LIB := $(sort $(wildcard agent/lib/*.sh))
SH_FILES := agent/rx-agent agent/systemd/rx-generator agent/install.sh agent/completions.sh $(AGENT_LIB) .ci/run .ci/deps t/run.sh t/clean-root.sh t/clean-build.sh t/storm/mutants.sh t/storm/mutations.sh t/bench/run.sh t/bench/peers.sh
NO_SAN := $(foreach n,900 901 905 910 920 930 940 950 955,$(wildcard t/$n-*.bats))
BATS_FILES := $(sort $(wildcard t/*.bats t/*.bash))
COMPLETED := $(TOOLS) rx-agent
MANS := $(sort $(wildcard man/*.[1-8]))
DATA := $(sort $(wildcard agent/rules/*.json agent/schemas/*.json \
	agent/schemas/*.d.ts agent/pipelines/*/*.json agent/pipelines/*/*.url))

# A fresh machine has no pkg-config when this file is first read, and it is
# asked above: what builds after deps is a second make.  It uses every core
# unless -j says otherwise.
again = +$(MAKE) --no-print-directory \
	$(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# step: what a recipe's first line says it does.
Q := $(if $V,,@)
step = @printf '  %-4s %s\n' $1 $(@:$B/%=%)

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY: $(UNITS:$B/t/%=$B/t/unit/%.o)
.PHONY: all units crash run deps deps-check deps-lint check check-san check-crash check-faults soak coverage \
	tests bench bench-check fuzz fuzz-all \
	lint lint-format lint-c lint-sh lint-man lint-gcc lint-clang \
	deb static install uninstall clean FORCE

all: $(BINS)
units: $(UNITS) $(FUZZ:%=$B/t/fuzz-%) $(FAULTS:t/fault/%.c=$B/t/%.so)

define tool
$B/$1: $(patsubst %.c,$B/%.o,$(sort $(wildcard cmd/$1/*.c))) $B/librx.a
	$$(call step,LD)
	$$(Q)$$(CC) $$(FLAGS) $$(CFLAGS) $$(HARDEN_LD) -o $$@ $$^ \
	    $$$$($$(PKG) --libs $$(pkg_$1)) $$(libs_$1) $$(LDFLAGS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$t)))

# Drivers of what is in the folder of rx-serve.
SERVE_OBJS := $(filter-out %/main.o,$(patsubst %.c,$B/%.o,$(sort \
	$(wildcard cmd/rx-serve/*.c))))
$B/t/fleet: $B/t/unit/fleet.o $B/cmd/rx-metrics/pace.o $B/librx.a
	@mkdir -p $(@D)
	$(call step,LD)
	$(Q)$(CC) $(FLAGS) $(CFLAGS) $(HARDEN_LD) -o $@ $^ \
	    $$($(PKG) --libs $(pkg_rx-metrics)) $(LDFLAGS)
$B/t/serve-%: $B/t/unit/serve-%.o $(SERVE_OBJS) $B/librx.a
	@mkdir -p $(@D)
	$(call step,LD)
	$(Q)$(CC) $(FLAGS) $(CFLAGS) $(HARDEN_LD) -o $@ $^ \
	    $$($(PKG) --libs $(pkg_rx-serve)) $(LDFLAGS)

$B/librx.a: $(LIB_OBJS)
	$(call step,AR)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$B/t/%: $B/t/unit/%.o $B/librx.a
	@mkdir -p $(@D)
	$(call step,LD)
	$(Q)$(CC) $(FLAGS) $(CFLAGS) $(HARDEN_LD) -o $@ $^ \
	    $$($(PKG) --libs sqlite3 zlib libmd libpcre2-8 jansson) \
	    $$($(PKG) --exists libhs && $(PKG) --libs libhs) $(LDFLAGS)

# For LD_PRELOAD: it defines what the headers of a hardened build would rename.
$B/t/%.so: t/fault/%.c $B/flags
	@mkdir -p $(@D)
	$(call step,LD)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -fPIC -shared -o $@ $<

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call step,CC)
	$(Q)$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# rx-serve carries the dashboard in it, and what draws its charts.
CHART_JS := $(wildcard /usr/share/javascript/chart.js/chart.min.js)
$B/cmd/rx-serve/web.o: private CPPFLAGS += \
	$(if $(CHART_JS),-DCHART_JS='"$(CHART_JS)"')
$B/cmd/rx-serve/web.o: $(wildcard cmd/rx-serve/web/*) $(CHART_JS)

# Changes when a flag, the version or the compiler does: then all is rebuilt.
$B/flags: export STAMP = $(shell $(CC) --version | head -n 1) \
	$(FLAGS) $(CPPFLAGS) $(CFLAGS)
$B/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$STAMP" | cmp -s - $@ || printf '%s\n' "$$STAMP" >$@

# What .incbin takes in, the compiler does not tell of.
$B/cmd/rx-alert/builtin.o: agent/rules/alerts.json agent/rules/thresholds.json

# The tools with the crash points of PROTOCOL.md 12 in them.  They are the
# portable ones too, which t/260 compares with those that use SSE2 and AVX2.
crash:
	$(again) B=$B/crash \
	    DEFINES='$(DEFINES) -DRX_CRASH_POINTS -U__SSE2__' all

deps:
	@.ci/deps $(DEPS)
deps-check: deps
	@.ci/deps $(DEPS_CHECK)
deps-lint: deps
	@.ci/deps $(DEPS_LINT)

run: deps
	$(again) all
	@RX_BIN=$(abspath $B) exec agent/rx-agent run

check: deps-check
	$(again) tests
# What looks at pages, headers and packages runs nothing that could report.
check-san: deps-check
	$(again) SAN=1 B=$B-san TESTS='$(filter-out $(NO_SAN),$(wildcard t/*.bats))' \
	    tests
check-crash: deps-check
	$(again) all units crash
	RX_ROUNDS=500 RX_SHAPE_ROUNDS=100 RX_UPTO=20 RX_MUTANTS=40 RX_POWER=500 RX_JOBS=1 \
	    RX_FILE_TIMEOUT=14400 RX_BIN=$(abspath $B) \
	    t/run.sh t/370-spool-crash.bats t/375-spool-faults.bats \
	    t/800-pipelines-crash.bats
# The files with a test that names a row, or that t/faults.tsv names.
FAULTS_SECONDS := 2100
fault_files = $(sort $(shell grep -lE '^@test.*\b(X|SEC)-[0-9]{2}\b' t/*.bats; \
	cut -f 2 t/faults.tsv | grep -vx -e -))
# RX_FULL=1 of these takes half an hour each.
fault_short = t/960-memory.bats t/975-backpressure.bats
check-faults: deps-check
	$(again) all units crash
	export RX_ROUNDS=100 RX_UPTO=3 RX_POWER=100 RX_BIN=$(abspath $B); \
	    { RX_FULL=1 timeout $(FAULTS_SECONDS) \
	    t/run.sh $(filter-out $(fault_short),$(fault_files)); \
	    t/run.sh $(fault_short); } >$B/faults.tap; \
	    grep ' passed, ' $B/faults.tap
	t/storm/faults.py $B/faults.tap t/faults.tsv t
tests: all units crash
	RX_BIN=$(abspath $B) t/run.sh $(TESTS)

# Peers that are missing are installed by it.
bench: deps
	$(again) all
	t/bench/run.sh --bin $(abspath $B) $(BENCH)
bench-check: deps
	$(again) all
	t/bench/run.sh --check --bin $(abspath $B)

# The whole agent at work, and what grows in it: fails where something does.
MINUTES := 30
soak: deps-check
	$(again) all
	t/bench/soak.py --bin $(abspath $B) $(MINUTES)

# Tools that may not open a file could not tell: they are not confined here.
coverage: deps-check
	-$(again) B=$B-cov SANITIZE='--coverage -DRX_SANITIZED' \
	    TESTS='$(filter-out $(NO_SAN),$(wildcard t/*.bats))' tests
	t/coverage.py $B-cov >$B-cov/lines
	tail -n 8 $B-cov/lines

# A target is a driver of lib/, or, as match-rules, of what is in the folder of
# a tool.  The tests replay the seeds of each (t/fuzz-NAME).  Found inputs stay in $B: mended, they are seeds.
SECONDS := 60
fuzz: deps
	@.ci/deps $(DEPS_FUZZ)
	$(again) SAN=1 CC=clang B=$B-fuzz \
	    CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' fuzz-all
fuzz-all: $(FUZZ:%=$B/fuzz/%)
	@for t in $(FUZZ); do \
	    echo "== $$t"; mkdir -p $B/corpus/$$t; \
	    $B/fuzz/$$t -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 \
		-max_len=4096 -print_final_stats=1 -verbosity=0 \
		-artifact_prefix=$B/$$t- $B/corpus/$$t t/fuzz/seed/$$t || exit; \
	done
fuzz_tool = rx-$(firstword $(subst -, ,$1))
fuzz_objs = $(filter-out %/main.o,$(patsubst %.c,$B/%.o,$(sort \
	$(wildcard cmd/$(call fuzz_tool,$1)/*.c))))
define fuzzer
$B/fuzz/$1: $B/t/fuzz/$1.o $(call fuzz_objs,$1) $B/librx.a
	@mkdir -p $$(@D)
	$$(call step,LD)
	$$(Q)$$(CC) $$(FLAGS) $$(CFLAGS) -fsanitize=fuzzer -pie -o $$@ $$^ \
	    $$$$($$(PKG) --libs libpcre2-8 jansson \
	    $$(pkg_$(call fuzz_tool,$1))) $$(libs_$(call fuzz_tool,$1)) $$(LDFLAGS)
$B/t/fuzz-$1: $B/t/fuzz/$1.o $B/t/fuzz/replay.o $(call fuzz_objs,$1) $B/librx.a
	@mkdir -p $$(@D)
	$$(call step,LD)
	$$(Q)$$(CC) $$(FLAGS) $$(CFLAGS) $$(HARDEN_LD) -o $$@ $$^ \
	    $$$$($$(PKG) --libs libpcre2-8 jansson \
	    $$(pkg_$(call fuzz_tool,$1))) $$(libs_$(call fuzz_tool,$1)) $$(LDFLAGS)
endef
$(foreach t,$(FUZZ),$(eval $(call fuzzer,$t)))

lint: deps-lint
	$(again) --keep-going lint-format lint-c lint-sh lint-man lint-gcc lint-clang
lint-format:
	clang-format --dry-run -Werror $(C_FILES)
# cppcheck reads no system headers but the one whose macros are syntax.
lint-c:
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -I. \
	    --library=.ci/cppcheck.cfg -D_GNU_SOURCE \
	    --include=$$(echo '#include <sys/queue.h>' | $(CC) -M -x c - | \
	    grep -o '[^ ]*sys/queue\.h') \
	    --enable=warning,performance,portability $(filter %.c,$(C_FILES))
# In bats, run sets variables and tests are subshells; a plain ! never fails.
lint-sh:
	shellcheck -x $(SH_FILES)
	shellcheck -x -S warning -e SC2030,SC2031,SC2034,SC2128,SC2154,SC2178 \
	    $(BATS_FILES)
	shellcheck -x -i SC2314,SC2315 $(BATS_FILES)
lint-man:
	mandoc -Tlint -Wwarning $(MANS)
lint-gcc lint-clang: lint-%:
	$(again) CC=$* B=$B/$* CFLAGS='-O2 -g -Werror' all units

# rx-agent comes last: agent/install.sh takes it for the sign that all is there.
install: all
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/bin
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/libexec/rx-agent $(AGENT_LIB)
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) $(UNIT_FILES)
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/lib/systemd/system-generators \
	    agent/systemd/rx-generator
	install -D -m 644 agent/systemd/rx.sysusers \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/rx.conf
	install -D -m 644 agent/systemd/rx.tmpfiles \
	    $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/rx.conf
	install -D -m 644 agent/systemd/rx.logrotate \
	    $(DESTDIR)$(PREFIX)/share/rx/logrotate/rx
	agent/completions.sh bash $B $B/completions
	agent/completions.sh zsh $B $B/completions
	install -D -m 644 -t $(DESTDIR)$(BASHDIR) $(COMPLETED:%=$B/completions/%)
	install -D -m 644 -t $(DESTDIR)$(ZSHDIR) $B/completions/_rx
	for m in $(MANS); do \
	    install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man$${m##*.} $$m \
	    || exit; \
	done
	for d in $(DATA); do \
	    install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/rx/$$(dirname $${d#agent/}) \
	    $$d || exit; \
	done
	sed -i 's,"/usr/share/rx/,"$(PREFIX)/share/rx/,' \
	    $(DESTDIR)$(PREFIX)/share/rx/pipelines/*/*.json
	install -m 755 agent/rx-agent $(DESTDIR)$(PREFIX)/bin

# For a host where nothing can be installed: two files, no library, no loader.
STATIC_NAME := rx-$(VERSION)-$(shell uname -m)-static
static: deps
	$(again) STATIC=1 PKG='$(PKG) --static' B=$B/static-build \
	    $B/static-build/rx-tail $B/static-build/rx-match
	rm -rf $B/static
	install -D -m 755 -t $B/static/$(STATIC_NAME) $B/static-build/rx-tail \
	    $B/static-build/rx-match
	strip $B/static/$(STATIC_NAME)/rx-*
	tar -C $B/static --sort=name --owner=0 --group=0 --numeric-owner -czf \
	    $B/static/$(STATIC_NAME).tar.gz $(STATIC_NAME)
	@ls -l $B/static/$(STATIC_NAME)/* $B/static/$(STATIC_NAME).tar.gz

# Debian's tools want debian/ on top of a copy of the sources.
deb: deps
	@.ci/deps $(DEPS_DEB)
	rm -rf $B/deb
	install -d $B/deb/rx-agent-$(VERSION)
	cp -R Makefile README.md .ci agent cmd lib man $B/deb/rx-agent-$(VERSION)
	mv $B/deb/rx-agent-$(VERSION)/agent/debian $B/deb/rx-agent-$(VERSION)
	cp agent/systemd/rx.logrotate \
	    $B/deb/rx-agent-$(VERSION)/debian/rx-agent.logrotate
	cd $B/deb/rx-agent-$(VERSION) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
	    dpkg-buildpackage -b -us -uc -j$(shell nproc)
	lintian --fail-on error,warning $B/deb/*.deb
	@ls -l $B/deb/*.deb

uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(PREFIX)/bin/%) \
	    $(DESTDIR)$(PREFIX)/bin/rx-agent \
	    $(AGENT_LIB:agent/lib/%=$(DESTDIR)$(PREFIX)/libexec/rx-agent/%)
	for m in $(MANS:man/%=%); do \
	    rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$$m || exit; \
	done
	rm -f $(UNIT_FILES:agent/systemd/%=$(DESTDIR)$(UNITDIR)/%) \
	    $(DESTDIR)$(PREFIX)/lib/systemd/system-generators/rx-generator \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/rx.conf \
	    $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/rx.conf \
	    $(DESTDIR)$(PREFIX)/share/rx/logrotate/rx
	rm -f $(COMPLETED:%=$(DESTDIR)$(BASHDIR)/%) $(DESTDIR)$(ZSHDIR)/_rx
	rm -f $(DATA:agent/%=$(DESTDIR)$(PREFIX)/share/rx/%)

clean:
	rm -rf build build-*

-include $(shell find $B -name '*.d' -type f 2>/dev/null)
