/* SPDX-License-Identifier: MIT */
/*
 * patterns -- what -e and -k say is searched for, made into one set.
 *
 * Shape   The options are collected first, those of --config apart from those
 *         of the command line, and built when all are known.  On HUP the
 *         former, and the files of -k, may say something else: a second set is
 *         built and takes the place of the first when it can be.
 * Order   Words before expressions, and in each those of --config first: so
 *         rex_hit counts them.
 * Default The built-in words, when there is nothing else and that is allowed.
 * Owner   Arguments are copied.
 * Errors  patterns_build: the exit status, and why, with the place in --config;
 *         nothing has changed then.
 */
#ifndef RX_MATCH_PATTERNS_H
#define RX_MATCH_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/conf.h"

struct job;

enum pattern_kind {
	PATTERN_BUILTIN, /* -k */
	PATTERN_LIST, /* -k LIST */
	PATTERN_FILE, /* -k @FILE */
	PATTERN_REGEX /* -e */
};

/* Where an option stands. */
enum pattern_of { OF_CONFIG, OF_COMMAND };

void patterns_regex(enum pattern_of, const char *regex);
void patterns_words(enum pattern_of, const char *words); /* NULL: built-in */
void patterns_ignore_case(enum pattern_of);
void patterns_default(bool allowed);
bool patterns_any(void);

/* Names their files as to be read again; false: there are none. */
bool patterns_reread(struct job *);

/*
 * Is this argument of --config, "--NAME=VALUE", one of theirs?  Those of the
 * file are then forgotten and added anew, or brought back.
 */
bool patterns_own(const char *arg);
void patterns_replace(char *const *args, char *const *places, size_t n);
void patterns_bring_back(void);

int patterns_build(struct job *, char why[CONF_WHY]);
const char *patterns_name(size_t pattern); /* as it was given */
void patterns_release(struct job *);

#endif
