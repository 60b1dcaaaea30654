/* SPDX-License-Identifier: MIT */
#include "reject.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/diag.h"
#include "lib/jstr.h"
#include "lib/outbuf.h"

#include "match.h"
#include "redact.h"

static struct {
	const char *path; /* NULL: not asked for */
	int fd;
	struct outbuf out;
	bool dirty; /* something is not on disk */
	struct item item; /* of a line that is no record */
	struct buf line, reason, text;
} reject;

void
reject_option(const char *path)
{
	reject.path = path;
}

bool
reject_asked(void)
{
	return reject.path != NULL;
}

void
reject_open(void)
{
	if (reject.path == NULL)
		return;
	reject.fd = open(reject.path,
	    O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0640);
	if (reject.fd < 0)
		die_sys(
		    errno == EACCES || errno == EPERM ? EX_NOPERM : EX_IOERR,
		    "unable to open %s", reject.path);
	outbuf_init(&reject.out, reject.fd);
	item_init(&reject.item);
}

static void
say(const char *by, struct span member, const char *why)
{
	struct buf *b = &reject.reason;

	buf_reset(b);
	buf_adds(b, "{\"by\":");
	jstr_add(b, span_of(by));
	if (member.len > 0) {
		buf_adds(b, ",\"member\":");
		jstr_add(b, member);
	}
	buf_adds(b, ",\"why\":");
	jstr_add(b, span_of(why));
	buf_addc(b, '}');
}

static void
put(struct job *j, struct item *it)
{
	redact_item(j, it);
	item_set(it, SPAN("rejected"), buf_span(&reject.reason));
	buf_reset(&reject.line);
	item_render(it, &reject.line);
	if (reject.line.failed || reject.reason.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_line(&reject.out, buf_span(&reject.line));
	reject.dirty = true;
}

void
reject_item(struct job *j, struct item *it, const char *by)
{
	if (reject.path == NULL)
		return;
	say(by, it->member, it->why);
	put(j, it);
}

void
reject_line(struct job *j, struct span line, const char *why)
{
	struct item *it = &reject.item;
	uintmax_t replaced = 0;
	char *room;

	if (reject.path == NULL)
		return;
	buf_reset(&reject.text);
	buf_adds(&reject.text, "{\"log_line\":\"");
	if ((room = buf_room(&reject.text, JSTR_ESCAPE_MAX(line.len))) != NULL)
		buf_took(&reject.text, jstr_escape(room, line, &replaced));
	buf_adds(&reject.text, "\"}");
	if (reject.text.failed)
		die(EX_TEMPFAIL, "out of memory");
	item_reset(it);
	if (record_parse(&it->record, buf_span(&reject.text)) < 0)
		return; /* escaped it is too much: counted by the caller */
	it->text = it->record.line;
	say("record", (struct span){ NULL, 0 }, why);
	put(j, it);
}

static void
must(int done)
{
	if (done < 0)
		die_sys(EX_IOERR, "unable to write %s", reject.path);
}

void
reject_flush(void)
{
	if (reject.dirty)
		must(outbuf_flush(&reject.out));
}

void
reject_settle(void)
{
	if (!reject.dirty)
		return;
	must(outbuf_flush(&reject.out));
	/* A pipe or a terminal cannot be synchronised. */
	if (fdatasync(reject.fd) < 0 && errno != EINVAL && errno != EROFS)
		must(-1);
	reject.dirty = false;
}

void
reject_close(void)
{
	if (reject.path == NULL)
		return;
	reject_settle();
	must(outbuf_close(&reject.out));
	item_release(&reject.item);
	buf_release(&reject.line);
	buf_release(&reject.reason);
	buf_release(&reject.text);
}
