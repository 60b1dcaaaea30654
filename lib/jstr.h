/* SPDX-License-Identifier: MIT */
/*
 * jstr -- bytes to JSON string text and back.
 *
 * Shape   jstr_escape writes what stands between the quotes: valid UTF-8
 *         passes byte for byte, `"` `\` and U+0000..U+001F are escaped (\n \t
 *         \r \b \f by letter, the rest \u00XX), DEL passes, and each byte that
 *         is not part of valid UTF-8 becomes U+FFFD and is counted.
 *         jstr_unescape is its inverse for valid text; a lone surrogate escape
 *         becomes U+FFFD.
 * Limits  Overlong forms, surrogates and code points past U+10FFFF are not
 *         UTF-8.  Escaping n bytes needs at most JSTR_ESCAPE_MAX(n).
 * Errors  jstr_unescape: -1 when the text is no JSON string (record_parse()
 *         has checked that for every value it gives) or memory is out.
 * Source  RFC 8259 section 7, RFC 3629 section 4; the "maximal subpart" rule
 *         is not used: one U+FFFD per bad byte.
 */
#ifndef RX_JSTR_H
#define RX_JSTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/span.h"

#define JSTR_ESCAPE_MAX(n) ((n)*6)

size_t jstr_escape(char *dst, struct span, uintmax_t *replaced);

/*
 * The same up to the first newline, which is looked for on the way: len is how
 * far it stands, or SIZE_MAX when it was not found; then nothing was written,
 * but what is at dst and replaced may differ.  One that stands near the end of s
 * may be passed over.
 */
size_t jstr_escape_line(
    char *dst, struct span s, size_t *len, uintmax_t *replaced);
void jstr_add(struct buf *, struct span); /* with its quotes */
int jstr_unescape(struct buf *, struct span raw); /* appends */
bool jstr_is_utf8(struct span);

/* Offset of the first byte that jstr_escape would not copy, or s.len. */
size_t jstr_plain(struct span);

#endif
