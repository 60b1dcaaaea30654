# rx: one Makefile for GNU make.  Lists on top, rules below, no configure.
#
#   make run      build, then the agent in the foreground on this host's logs
#   make check    the tests          make check-san   under ASan and UBSan
#   make lint     formatters and analysers
#   make install  honours DESTDIR and PREFIX
#
# CFLAGS, CPPFLAGS and LDFLAGS are yours and come last.  B is the build
# directory, so several builds live side by side: make B=build-clang CC=clang

VERSION := 0.1.0
PREFIX ?= /usr/local
B ?= build
PKG ?= pkg-config
CFLAGS ?= -O2 -g

# The tools, and the libraries each links beside librx.a.
TOOLS := $(sort $(notdir $(wildcard cmd/rx-*)))
pkg_rx-tail := libmd
pkg_rx-match := libpcre2-8
pkg_rx-spool := sqlite3 libmd
pkg_rx-ship := librabbitmq libcurl sqlite3 libmd
pkg_rx-metrics := libmd
pkg_rx-alert := jansson libmd
pkg_rx-serve := libwebsockets libcrypto libmd

# Optional libraries: used when the build finds them, told by --version.
have = $(shell $(PKG) --exists $1 2>/dev/null && echo yes)
ifeq ($(call have,libhs),yes)
OPTIONS += -DHAVE_LIBHS
pkg_rx-match += libhs
endif
ifeq ($(call have,jose),yes)
OPTIONS += -DHAVE_LIBJOSE
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
HARDEN_LD := -pie -Wl,-z,relro,-z,now,-z,noexecstack
ifdef SAN
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -DRX_SANITIZED
else
HARDEN += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
endif

FLAGS = -std=c11 -D_GNU_SOURCE -I. -MMD -MP $(WARN) $(HARDEN) $(SANITIZE) \
	$(OPTIONS) $(DEFINES) -DRX_VERSION='"$(VERSION)"'

BINS := $(TOOLS:%=$B/%)
LIB_OBJS := $(patsubst %.c,$B/%.o,$(sort $(wildcard lib/*.c)))
UNITS := $(patsubst t/unit/%.c,$B/t/%,$(sort $(wildcard t/unit/*.c)))

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all units clean

all: $(BINS)
units: $(UNITS)

define tool
$B/$1: $(patsubst %.c,$B/%.o,$(sort $(wildcard cmd/$1/*.c))) $B/librx.a
	$$(CC) $$(FLAGS) $$(CFLAGS) $$(HARDEN_LD) -o $$@ $$^ \
	    $$$$($$(PKG) --libs $$(pkg_$1)) $$(LDFLAGS)
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$t)))

$B/librx.a: $(LIB_OBJS)
	rm -f $@
	$(AR) rcs $@ $^

$B/t/%: $B/t/unit/%.o $B/librx.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(HARDEN_LD) -o $@ $^ \
	    $$($(PKG) --libs sqlite3 libmd libpcre2-8 jansson) \
	    $$($(PKG) --exists libhs && $(PKG) --libs libhs) $(LDFLAGS)

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

clean:
	rm -rf build build-*

-include $(shell find $B -name '*.d' 2>/dev/null)
