/*
 * rex -- the sets of patterns, and how a text is matched within its budget.
 *
 * PCRE2's match limit counts, per place where a match may start, what is
 * tried again; it does not count what is merely walked over, so a text of n
 * bytes may cost n times n.  Hence two ways.  A short text gets one call with
 * a low limit: the product of length and limit is bounded.  When that limit
 * is hit, or the text is long, the starts are tried in windows with a clock
 * between them.  A window shrinks when it hits its limit, so the limit per
 * start is the full one before the text is given up.
 */
#include "lib/rex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/rex_lits.h"
#include "lib/rex_scan.h"
#include "lib/stop.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define BUDGET_NS (20 * INT64_C(1000000)) /* of processor time, for a text */
#define SHORT_TEXT 1024
#define SHORT_LIMIT 10000 /* tries a start, short text */
#define WINDOW_TRIES 500000 /* tries a window may cost */
#define WINDOW_STEPS (4 * 1024 * 1024) /* starts times length of a window */
#define QUICK_NS (100 * INT64_C(1000)) /* such a window may grow */
#define HEAP_KIB (16 * 1024)
#define JIT_STACK (512 * 1024)
#define MOST_PARENS 100

struct pattern {
	pcre2_code *code;
	bool jit;
};

struct rex {
	struct pattern *patterns;
	size_t n;
	bool no_literals; /* a pattern has none: every line may match */
	bool interpreted;
	struct scan scan;
	pcre2_compile_context *compile;
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
};

struct rex *
rex_new(void)
{
	struct rex *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->compile = pcre2_compile_context_create(NULL);
	r->match = pcre2_match_context_create(NULL);
	r->data = pcre2_match_data_create(1, NULL);
	if (r->compile == NULL || r->match == NULL || r->data == NULL) {
		rex_free(r);
		return NULL;
	}
	pcre2_set_newline(r->compile, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(r->compile, PCRE2_BSR_UNICODE);
	pcre2_set_parens_nest_limit(r->compile, MOST_PARENS);
	pcre2_set_heap_limit(r->match, HEAP_KIB);
	scan_init(&r->scan);
	return r;
}

void
rex_free(struct rex *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++)
		pcre2_code_free(r->patterns[i].code);
	free(r->patterns);
	pcre2_jit_stack_free(r->stack);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->match);
	pcre2_compile_context_free(r->compile);
	free(r);
}

/*
 * Verbs change limits or where a match may start, \G means the place where a
 * call starts: neither goes with windows.  Returns what is wrong, or NULL.
 */
static const char *
forbidden(struct span p, size_t *at)
{
	bool class = false, quoted = false;

	for (size_t i = 0; i + 1 < p.len; i++) {
		char c = p.at[i], next = p.at[i + 1];

		*at = i;
		if (quoted) {
			quoted = !(c == '\\' && next == 'E');
		} else if (c == '\\') {
			if (!class && next == 'G')
				return "\\G has no meaning here";
			quoted = next == 'Q';
			i++;
		} else if (class) {
			class = c != ']';
		} else if (c == '[') {
			class = true;
			if (next == '^')
				i++;
			if (i + 1 < p.len && p.at[i + 1] == ']')
				i++;
		} else if (c == '(' && next == '*') {
			char verb = i + 2 < p.len ? p.at[i + 2] : '\0';

			if (verb == ':' || (verb >= 'A' && verb <= 'Z'))
				return "verbs are not allowed";
		}
	}
	return NULL;
}

static void
learn_literals(struct rex *r, struct span pattern, bool icase)
{
	struct lits found;

	if (r->no_literals || !rex_lits(pattern, icase, &found)) {
		r->no_literals = true;
		return;
	}
	for (size_t i = 0; i < found.n; i++)
		if (!scan_add(&r->scan,
			(struct span){ found.text[i], found.len[i] },
			SCAN_WORD))
			r->no_literals = true;
}

int
rex_add(struct rex *r, struct span pattern, unsigned flags, char why[REX_WHY])
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF |
	    PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C;
	struct pattern *patterns;
	const char *wrong;
	PCRE2_SIZE at = 0;
	int error;

	if (pattern.len > REX_PATTERN) {
		snprintf(why, REX_WHY, "longer than %d bytes", REX_PATTERN);
		return -1;
	}
	if ((wrong = forbidden(pattern, &at)) != NULL) {
		snprintf(why, REX_WHY, "%s, at offset %zu", wrong, at);
		return -1;
	}
	patterns = realloc(r->patterns, (r->n + 1) * sizeof(*patterns));
	if (patterns == NULL) {
		snprintf(why, REX_WHY, "out of memory");
		return -1;
	}
	r->patterns = patterns;
	if (flags & REX_ICASE)
		options |= PCRE2_CASELESS;
	patterns[r->n].jit = false;
	patterns[r->n].code = pcre2_compile((PCRE2_SPTR)pattern.at, pattern.len,
	    options, &error, &at, r->compile);
	if (patterns[r->n].code == NULL) {
		char said[128];

		pcre2_get_error_message(
		    error, (PCRE2_UCHAR *)said, sizeof(said));
		snprintf(why, REX_WHY, "%s, at offset %zu", said, (size_t)at);
		return -1;
	}
	r->n++;
	learn_literals(r, pattern, (flags & REX_ICASE) != 0);
	return 0;
}

void
rex_always(struct rex *r, struct span prefix)
{
	if (!scan_add(&r->scan, prefix, SCAN_LINE_START))
		r->no_literals = true; /* no room: pass over no line */
}

int
rex_compile(struct rex *r, char why[REX_WHY])
{
	for (size_t i = 0; i < r->n; i++) {
		int got =
		    pcre2_jit_compile(r->patterns[i].code, PCRE2_JIT_COMPLETE);

		r->patterns[i].jit = got == 0;
		/* A pattern too large for JIT is no news. */
		if (got == PCRE2_ERROR_NOMEMORY)
			r->interpreted = true;
	}
	if (!r->interpreted) {
		r->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK, NULL);
		if (r->stack == NULL) {
			snprintf(why, REX_WHY, "out of memory");
			return -1;
		}
		pcre2_jit_stack_assign(r->match, NULL, r->stack);
	}
	scan_build(&r->scan);
	return 0;
}

bool
rex_interpreted(const struct rex *r)
{
	return r->interpreted;
}

/* One call: the starts from `from` on, as many as `starts`. */
static int
try(struct rex *r, const struct pattern *p, struct span text, size_t from,
    size_t starts, uint32_t limit)
{
	PCRE2_SPTR at = (PCRE2_SPTR)(text.at == NULL ? "" : text.at);
	size_t last = starts > text.len - from ? text.len : from + starts - 1;
	int got;

	pcre2_set_offset_limit(r->match, last);
	pcre2_set_match_limit(r->match, limit);
	got = pcre2_match(p->code, at, text.len, from, 0, r->data, r->match);
	if (got == PCRE2_ERROR_JIT_STACKLIMIT)
		got = pcre2_match(p->code, at, text.len, from, PCRE2_NO_JIT,
		    r->data, r->match);
	return got;
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/*
 * Processor time, asked for (a system call) only when the wall clock, which
 * runs on while we do not, says that it matters.
 */
struct budget {
	int64_t wall_ns, cpu_from_ns;
};

static bool
spent(struct budget *b, int64_t now_ns)
{
	if (b->wall_ns == 0) {
		b->cpu_from_ns = cpu_ns();
		b->wall_ns = now_ns;
	}
	if (now_ns - b->wall_ns < BUDGET_NS)
		return false;
	b->wall_ns = now_ns;
	return cpu_ns() - b->cpu_from_ns >= BUDGET_NS;
}

static size_t
next_start(struct span text, size_t at)
{
	while (at < text.len && (text.at[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static int
try_windows(struct rex *r, const struct pattern *p, struct span text,
    struct budget *budget)
{
	size_t most = WINDOW_STEPS / (text.len + 1) + 1, starts = 1, from = 0;
	int64_t before = stop_now_ns(), now;

	for (;;) {
		uint32_t limit = WINDOW_TRIES / (uint32_t)starts;
		int got = try(r, p, text, from, starts, limit);

		if (got != PCRE2_ERROR_NOMATCH &&
		    !(got == PCRE2_ERROR_MATCHLIMIT && starts > 1))
			return got;
		if (got == PCRE2_ERROR_NOMATCH && starts > text.len - from)
			return got;
		now = stop_now_ns();
		if (spent(budget, now))
			return PCRE2_ERROR_MATCHLIMIT;
		if (got == PCRE2_ERROR_MATCHLIMIT) {
			starts = starts / 8 + 1;
		} else {
			from = next_start(text, from + starts);
			if (now - before < QUICK_NS)
				starts = starts * 2 < most ? starts * 2 : most;
			else
				starts = starts / 2 + 1;
		}
		before = now;
	}
}

enum rex_answer
rex_match(struct rex *r, struct span text, struct rex_hit *hit)
{
	struct budget budget = { 0, 0 };

	for (size_t i = 0; i < r->n; i++) {
		const struct pattern *p = &r->patterns[i];
		int got = PCRE2_ERROR_MATCHLIMIT;

		if (text.len <= SHORT_TEXT)
			got = try(r, p, text, 0, text.len + 1, SHORT_LIMIT);
		if (got == PCRE2_ERROR_MATCHLIMIT)
			got = try_windows(r, p, text, &budget);
		if (got == PCRE2_ERROR_NOMATCH)
			continue;
		if (got < 0)
			return REX_LIMIT;
		if (hit != NULL) {
			PCRE2_SIZE *o = pcre2_get_ovector_pointer(r->data);

			*hit = (struct rex_hit){ i, o[0], o[1] };
		}
		return REX_YES;
	}
	return REX_NO;
}

static bool
whole_line(struct span block, size_t from, size_t in, struct span *line,
    size_t *behind)
{
	const char *start = memrchr(block.at + from, '\n', in - from);
	const char *end = memchr(block.at + in, '\n', block.len - in);

	start = start == NULL ? block.at + from : start + 1;
	*behind = end == NULL ? block.len : (size_t)(end - block.at) + 1;
	if (end == NULL)
		end = block.at + block.len;
	*line = (struct span){ start, (size_t)(end - start) };
	return true;
}

bool
rex_candidate(struct rex *r, struct span block, size_t *from, bool json,
    struct span *line)
{
	const char *found;

	if (*from >= block.len)
		return false;
	if (r->no_literals)
		return whole_line(block, *from, *from, line, from);
	if ((found = scan_find(&r->scan, block, *from, json)) == NULL) {
		*from = block.len;
		return false;
	}
	return whole_line(block, *from, (size_t)(found - block.at), line, from);
}

const char *
rex_versions(void)
{
	static char text[128];
	char pcre2[64] = "";

	pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
	pcre2[strcspn(pcre2, " ")] = '\0';
	snprintf(text, sizeof(text), "pcre2 %s\n", pcre2);
	return text;
}
