/* SPDX-License-Identifier: MIT */
#include "redact_sets.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/ascii.h"

/*
 * The words, what may stand between one and its secret (quotes of JSON that
 * stands in JSON have backslashes), and the secret: between quotes up to the
 * quote that ends it, or to the end of the text; else up to a blank, or to
 * what ends an item of a list.
 */
#define PASSWORD_WORDS \
	"(?:pass(?:word|wd|phrase|code)|pwd|secret)(?:[_-]?hash)?s?"
#define TOKEN_WORDS \
	"(?:token|(?:api|access|secret|private|auth|session)[_-]?key|" \
	"session[_-]?id)s?"
#define GIVES "\\\\*[\"']?\\s*(?:=>|:=|[:=])\\s*"
#define PLAIN(quote) quote "\\K(?:\\\\.|[^\\\\" quote "])++"
#define ESCAPED(quote) quote "\\K.+?(?<!\\\\)(?=" quote "|$)"
#define SECRET \
	"(?:" PLAIN("\"") "|" PLAIN("'") "|" ESCAPED( \
	    "\\\\\\\\\\\\\"") "|" ESCAPED("\\\\\"") "|\\K(?:[^\\s,;&\"'\\\\<>" \
						    ")\\]}]|\\\\(?![\"'\\\\])" \
						    "|" \
						    "[,;)\\]}](?!\\s|$|\\\\*[" \
						    "\"']|[\\w.-]+\\\\*[\"']?" \
						    "\\s*[:=]))++)"

const char *const redact_set_names[REDACT_SETS] = {
	[REDACT_PASSWORD] = "password",
	[REDACT_TOKEN] = "token",
	[REDACT_CARD] = "card",
	[REDACT_EMAIL] = "email",
	[REDACT_IP] = "ip",
};

const char *const redact_names[REDACT_SETS] = {
	[REDACT_PASSWORD] = PASSWORD_WORDS "$",
	[REDACT_TOKEN] = "(?:" TOKEN_WORDS "|authorization|cookie)$",
};

const char *const redact_words[] = { "pass", "pwd", "secret", "identified",
	"://", ":\\/", "token", "key", "session", "authorization", "bearer",
	"cookie", "eyj", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_",
	"glpat-", "xox", "_live_", "akia", "asia", "aiza", "npm_" };
const size_t n_redact_words = sizeof(redact_words) / sizeof(*redact_words);

/* A digit, a dot, a digit; three times. */
static bool
may_ip4(struct span text)
{
	const char *at = text.at, *end = text.at + text.len;
	unsigned dots = 0;

	while ((at = memchr(at, '.', (size_t)(end - at))) != NULL) {
		if (at > text.at && at + 1 < end && is_digit(at[-1]) &&
		    is_digit(at[1]) && ++dots == 3)
			return true;
		at++;
	}
	return false;
}

/* Two colons in a row, or seven. */
static bool
may_ip6(struct span text)
{
	const char *at = text.at, *end = text.at + text.len;
	unsigned colons = 0;

	while ((at = memchr(at, ':', (size_t)(end - at))) != NULL) {
		at++;
		if (++colons == 7 || (at < end && *at == ':'))
			return true;
	}
	return false;
}

static bool
may_email(struct span text)
{
	return memchr(text.at, '@', text.len) != NULL;
}

#define CARD_LEAST 13
#define CARD_MOST 19

/* 13 digits, each but the last with a blank or dash behind it or not. */
static bool
may_card(struct span text)
{
	size_t digits = 0;

	/* Every 13th byte of a number is one of its own. */
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (is_digit(c)) {
			if (++digits == CARD_LEAST)
				return true;
		} else if (digits == 0 || (c != ' ' && c != '-')) {
			digits = 0;
			while (i + CARD_LEAST < text.len &&
			    !is_digit(text.at[i + CARD_LEAST]) &&
			    text.at[i + CARD_LEAST] != ' ' &&
			    text.at[i + CARD_LEAST] != '-')
				i += CARD_LEAST;
		}
	}
	return false;
}

static bool
luhn(const char *digits, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned d = (unsigned)(digits[n - 1 - i] - '0');

		if (i % 2 == 1)
			d = d < 5 ? 2 * d : 2 * d - 9;
		sum += d;
	}
	return sum % 10 == 0;
}

/* Numbers that issuers of cards have: first digits, from to, and lengths. */
static bool
is_issued(const char *digits, size_t n)
{
	static const struct {
		unsigned from, to, least, most; /* of four digits */
	} ranges[] = {
		{ 2200, 2204, 16, 19 }, /* Mir */
		{ 2221, 2720, 16, 16 }, /* Mastercard */
		{ 3000, 3059, 14, 19 }, /* Diners */
		{ 3400, 3499, 15, 15 }, /* American Express */
		{ 3528, 3589, 16, 19 }, /* JCB */
		{ 3600, 3699, 14, 19 }, /* Diners */
		{ 3700, 3799, 15, 15 }, /* American Express */
		{ 3800, 3999, 14, 19 }, /* Diners */
		{ 4000, 4999, 13, 19 }, /* Visa */
		{ 5000, 5099, 13, 19 }, /* Maestro */
		{ 5100, 5599, 16, 16 }, /* Mastercard */
		{ 5600, 6999, 13, 19 }, /* Maestro, Discover, UnionPay, RuPay */
		{ 8100, 8199, 16, 19 }, /* RuPay */
	};
	unsigned head = 0;

	for (int i = 0; i < 4; i++)
		head = 10 * head + (unsigned)(digits[i] - '0');
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		if (head >= ranges[i].from && head <= ranges[i].to)
			return n >= ranges[i].least && n <= ranges[i].most;
	return false;
}

/* The longest card number that it begins with and that ends at a group. */
static size_t
accept_card(struct span match)
{
	char digits[CARD_MOST];
	size_t n = 0, accepted = 0;

	for (size_t i = 0; i < match.len; i++) {
		if (is_digit(match.at[i]))
			digits[n++] = match.at[i];
		if (i + 1 < match.len && is_digit(match.at[i + 1]))
			continue;
		if (n >= CARD_LEAST && is_digit(match.at[i]) &&
		    is_issued(digits, n) && luhn(digits, n))
			accepted = i + 1;
	}
	return accepted;
}

/* What libc takes for an address; a colon behind one is punctuation. */
static size_t
accept_ip6(struct span match)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (match.len >= sizeof(text) || match.len < 3)
		return 0;
	memcpy(text, match.at, match.len);
	text[match.len] = '\0';
	if (inet_pton(AF_INET6, text, &address) == 1)
		return match.len;
	text[--match.len] = '\0';
	return match.at[match.len] == ':' && match.len > 2 &&
		inet_pton(AF_INET6, text, &address) == 1
	    ? match.len
	    : 0;
}

#define OCTET "0{0,2}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)"
#define MAIL "[\\p{L}\\p{N}._%+-]"
#define HOST "[\\p{L}\\p{N}-]"

const struct redact_row redact_rows[] = {
	/* Tokens first: "Authorization: Bearer x" is more than "Bearer". */
	{ REDACT_TOKEN,
	    "-----BEGIN [A-Z ]*PRIVATE KEY-----\\K(?s:.+?)(?=-----END|$)", NULL,
	    NULL },
	{ REDACT_TOKEN,
	    "\\bbearer\\s+\\K(?=[\\w.~+/=-]*\\d|[\\w.~+/=-]{20})"
	    "[\\w.~+/=-]{6,}",
	    NULL, NULL },
	{ REDACT_TOKEN,
	    "\\bauthorization" GIVES "\\\\*[\"']?(?!bearer\\s)"
	    "(?:[a-z]+[ \\t]+)?\\K(?!\\[redacted:)[^\\s\"'\\\\,;]++",
	    NULL, NULL },
	{ REDACT_TOKEN,
	    "\\bcookie\\\\*[\"']?\\s*:\\s*\\\\*[\"']?\\K[^\"'\\\\]+", NULL,
	    NULL },
	{ REDACT_TOKEN, "\\beyJ[\\w-]{8,}\\.[\\w-]{8,}(?:\\.[\\w-]*)*", NULL,
	    NULL },
	{ REDACT_TOKEN,
	    "\\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk_live_|"
	    "rk_live_|AKIA|ASIA|AIza|npm_)[\\w-]{12,}",
	    NULL, NULL },
	{ REDACT_TOKEN, TOKEN_WORDS GIVES "(?!bearer\\s)" SECRET, NULL, NULL },
	{ REDACT_PASSWORD, "://[^\\s/?#:@\"']*:\\K[^\\s/?#\"']+(?=@)", NULL,
	    NULL },
	{ REDACT_PASSWORD, PASSWORD_WORDS GIVES SECRET, NULL, NULL },
	{ REDACT_PASSWORD, "(?:\\b|_)pass=" SECRET, NULL, NULL },
	{ REDACT_PASSWORD,
	    "(?<![^\\s\"'])--?[\\w-]*" PASSWORD_WORDS " +" SECRET, NULL, NULL },
	{ REDACT_PASSWORD, "\\bidentified\\s+by\\s+" SECRET, NULL, NULL },
	{ REDACT_EMAIL, "(?<!" MAIL ")" MAIL "++@" HOST "++(?:\\." HOST "++)+",
	    may_email, NULL },
	{ REDACT_IP,
	    "(?<![\\w:])(?:[\\da-f]{0,4}:){2,8}[\\da-f]{0,4}(?:\\.\\d{1,3}){0,"
	    "3}"
	    "(?!\\w)",
	    may_ip6, accept_ip6 },
	{ REDACT_IP, "(?<!\\d)" OCTET "(?:\\." OCTET "){3}(?!\\d)", may_ip4,
	    NULL },
	{ REDACT_CARD, "(?<!\\d)\\d(?:[ -]?\\d){12,18}(?!\\d)", may_card,
	    accept_card },
};
const size_t n_redact_rows = sizeof(redact_rows) / sizeof(*redact_rows);
