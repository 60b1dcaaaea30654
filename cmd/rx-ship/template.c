/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/template.h"

#include <string.h>

#define UNRESERVED \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

static int
read_name(struct template_part *p, const char **at, const char **why)
{
	const char *end = strchr(*at, '}');
	size_t len;

	if (end == NULL) {
		*why = "has a { without its }";
		return -1;
	}
	len = (size_t)(end - *at);
	if (len == 0 || len >= sizeof(p->member) ||
	    memchr(*at, '{', len) != NULL) {
		*why = "names no member between its braces";
		return -1;
	}
	memcpy(p->member, *at, len);
	p->member[len] = '\0';
	*at = end + 1;
	return 0;
}

int
template_parse(struct template *t, const char *text,
    enum template_escape escape, const char **why)
{
	*t = (struct template){ .escape = escape };
	while (*text != '\0') {
		struct template_part *p = &t->parts[t->n];
		size_t len = strcspn(text, "{}");

		if (t->n++ == TEMPLATE_PARTS) {
			*why = "names too many members";
			return -1;
		}
		*p = (struct template_part){ .text = { text, len } };
		text += len;
		if (*text == '\0')
			break;
		if (text[0] == text[1]) { /* {{ or }}: one of them */
			p->text.len++;
			text += 2;
		} else if (*text++ == '}') {
			*why = "has a } without its {";
			return -1;
		} else {
			if (read_name(p, &text, why) < 0)
				return -1;
			t->varies = true;
		}
	}
	return 0;
}

static void
put(const struct template *t, unsigned char c, struct buf *dst)
{
	if (t->escape == TEMPLATE_PATH &&
	    (c == '\0' || strchr(UNRESERVED, c) == NULL))
		buf_addf(dst, "%%%02X", c);
	else if (t->escape == TEMPLATE_PATH || (c >= ' ' && c != 0x7f))
		buf_addc(dst, (char)c);
}

static void
fill_member(const struct template *t, struct record *record, const char *name,
    struct buf *dst)
{
	size_t from = dst->len, len;
	char text[TEMPLATE_VALUE];
	struct value v;

	/* Unescaped behind what is there, then escaped in its place. */
	if (!record_get(record, name, &v) || v.type == VALUE_NULL ||
	    v.type == VALUE_OBJECT || v.type == VALUE_ARRAY) {
		buf_addc(dst, '-');
		return;
	}
	if (v.type == VALUE_STRING)
		(void)value_text(&v, dst);
	else
		buf_add(dst, v.text);
	if (dst->failed)
		return;
	len = dst->len - from;
	if (len > TEMPLATE_VALUE)
		len = TEMPLATE_VALUE;
	if (len > 0)
		memcpy(text, dst->at + from, len);
	dst->len = from;
	if (t->escape == TEMPLATE_PATH &&
	    (len == 0 || (len <= 2 && strncmp(text, "..", len) == 0)))
		buf_addc(dst, '-');
	else
		for (size_t i = 0; i < len; i++)
			put(t, (unsigned char)text[i], dst);
}

void
template_fill(const struct template *t, struct record *record, struct buf *dst)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_add(dst, t->parts[i].text);
		if (t->parts[i].member[0] != '\0')
			fill_member(t, record, t->parts[i].member, dst);
	}
}
