/* SPDX-License-Identifier: MIT */
/*
 * rx-metrics -- sample the host; beat; say who it is.
 *
 * A sample is the difference between two readings, so a first reading is taken
 * BASELINE_MS before the first sample and not shown.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/rx-metrics/flatten.h"
#include "cmd/rx-metrics/metrics.h"
#include "cmd/rx-metrics/options.h"
#include "cmd/rx-metrics/pace.h"
#include "cmd/rx-metrics/self.h"
#include "lib/confine.h"
#include "lib/diag.h"
#include "lib/lines.h"
#include "lib/newfile.h"
#include "lib/nodeid.h"
#include "lib/notify.h"
#include "lib/num.h"
#include "lib/outbuf.h"
#include "lib/stats.h"
#include "lib/stop.h"

#define BASELINE_MS 250
#define PROFILE "system_info.json"

struct run {
	struct settings set;
	struct sample *sample; /* NULL: nothing is sampled */
	struct pace pace;
	bool changed; /* HUP: what is sampled, or how often */
	struct outbuf out;
	struct buf text;
	char node_id[NODEID_MAX + 1];
	int stop_fd;
	uint64_t records; /* handed on */
	uint64_t refused; /* lines that are no samples */
	uint64_t late; /* samples that stand for more than one */
	uint64_t unwritten; /* pages */
};

static void
tell_status(void *arg)
{
	const struct run *r = arg;

	info("%ju records", (uintmax_t)r->records);
}

static void
tell_stats(void *arg, struct buf *b)
{
	const struct run *r = arg;
	uint64_t stale = 0;
	size_t i;

	for (i = 0; r->sample != NULL && i < r->sample->disk.n_mounts; i++)
		stale += r->sample->disk.mounts[i].stale;
	stats_one(b, "rx_metrics_records_total", STATS_COUNTER,
	    "Records or pages handed on.", r->records);
	stats_one(b, "rx_metrics_refused_total", STATS_COUNTER,
	    "Lines of standard input that are no samples.", r->refused);
	stats_one(b, "rx_metrics_late_samples_total", STATS_COUNTER,
	    "Samples that stand for more than one interval.", r->late);
	stats_one(b, "rx_metrics_unwritten_pages_total", STATS_COUNTER,
	    "Pages that could not be written to their file.", r->unwritten);
	stats_one(b, "rx_metrics_stale_mounts", STATS_GAUGE,
	    "File systems that do not answer.", stale);
}

/* Before there is something to write: what cannot be replaced is a mistake. */
static void
must_be_file(const char *path)
{
	if (path != NULL && newfile_check(path) < 0)
		die_sys(EX_USAGE, "unable to replace %s", path);
}

static void
allow_beside(const char *path, const char *how)
{
	if (path != NULL && confine_allow_beside(path, how) < 0)
		die_sys(EX_IOERR, "unable to %s %s",
		    how[1] == '\0' ? "read" : "write", path);
}

/* What all forms keep, and what this one needs beside it. */
static void
give_up_privileges(const struct settings *s, const char *needs)
{
	char promises[64];

	allow_beside(s->stats, "rwc");
	allow_beside(s->page, "rwc");
	allow_beside(s->config, "r"); /* HUP reads it again */
	snprintf(promises, sizeof(promises), "stdio%s%s%s", needs,
	    s->config != NULL ? " rpath" : "",
	    s->stats != NULL || s->page != NULL ? " wpath cpath" : "");
	if (confine(promises) < 0)
		die_sys(EX_TEMPFAIL, "unable to give up privileges");
	if (!s->check && !s->once)
		notify_ready("loop started");
}

static int
emit(struct run *r)
{
	if (r->text.failed)
		die(EX_TEMPFAIL, "out of memory");
	outbuf_add(&r->out, buf_span(&r->text));
	buf_reset(&r->text);
	r->records++;
	return outbuf_flush(&r->out);
}

/* A page for a file: one that cannot be written is told, the next is tried. */
static int
emit_page(struct run *r)
{
	static struct diag_rate often;
	const char *path = r->set.page;

	if (path == NULL)
		return emit(r);
	if (r->text.failed)
		die(EX_TEMPFAIL, "out of memory");
	if (newfile_replace(path, buf_span(&r->text), 0644) == 0) {
		r->records++;
	} else if (r->set.once) {
		die_sys(EX_IOERR, "unable to write %s", path);
	} else {
		r->unwritten++;
		warn_every(
		    &often, "unable to write %s: %s", path, strerror(errno));
	}
	buf_reset(&r->text);
	return 0;
}

static int
take_and_emit(struct run *r)
{
	const struct settings *s = &r->set;

	sample_take(r->sample);
	if (r->sample->interval_s * (double)NUM_S >
	    2 * (double)s->live.interval_ns)
		r->late++;
	switch (s->form) {
	case FORM_FLAT:
		render_flat(&r->text, r->sample, r->node_id);
		return emit(r);
	case FORM_PROMETHEUS:
		render_prometheus(&r->text, r->sample);
		/* Where one follows another, an empty line ends each. */
		if (!s->once && s->page == NULL)
			buf_addc(&r->text, '\n');
		return emit_page(r);
	default: render_nested(&r->text, r->sample, r->node_id); return emit(r);
	}
}

/* HUP, while it waits: see start_anew() and run_beats(). */
static void
again(void *arg)
{
	struct run *r = arg;

	if (r->set.once || !options_again(&r->set))
		return;
	info("the options were read again");
	r->changed = true;
	pace_hurry(&r->pace);
}

/* A first reading, not shown; NULL with errno. */
static struct sample *
start(const struct settings *s)
{
	struct sample *sample = or_die(malloc(sizeof(*sample)));
	/* Largest processes are in the nested form only. */
	size_t top = s->form == FORM_NESTED ? s->live.top : 0;

	if (sample_init(sample, s->proc, s->sys, s->live.parts, top) < 0) {
		free(sample);
		return NULL;
	}
	return sample;
}

/* With other parts or another interval it is as at the start: no rate spans
 * what was not looked at. */
static void
start_anew(struct run *r)
{
	struct sample *fresh = start(&r->set);

	r->changed = false;
	if (fresh == NULL)
		die_sys(EX_IOERR, "unable to open %s", r->set.proc);
	fresh->self = r->sample->self;
	sample_release(r->sample);
	free(r->sample);
	r->sample = fresh;
	sample_take(fresh);
	pace_init(&r->pace, r->set.live.interval_ns, BASELINE_MS * NUM_MS,
	    r->node_id);
}

static int
run_samples(struct run *r)
{
	const struct settings *s = &r->set;
	int error = 0;

	if ((r->sample = start(s)) == NULL)
		die_sys(EX_IOERR, "unable to open %s", s->proc);
	if (s->self != NULL && (r->sample->self = self_new(s->self)) == NULL)
		die_sys(EX_IOERR, "unable to open %s", s->self);
	sample_take(r->sample);
	confine_allow(s->proc, "r");
	confine_allow(s->sys != NULL ? s->sys : "/sys", "r");
	if (s->self != NULL)
		confine_allow(s->self, "r");
	give_up_privileges(s, " rpath proc");
	if (s->check)
		goto done;
	pace_init(
	    &r->pace, s->live.interval_ns, BASELINE_MS * NUM_MS, r->node_id);
	while (pace_wait(&r->pace))
		if (r->changed)
			start_anew(r);
		else if ((error = take_and_emit(r)) < 0 || s->once)
			break;
	stats_end();
done:
	self_free(r->sample->self);
	sample_release(r->sample);
	free(r->sample);
	r->sample = NULL;
	return error;
}

static int
run_beats(struct run *r)
{
	const struct settings *s = &r->set;
	int64_t first_ns =
	    s->once ? 0 : (int64_t)(pace_phase(r->node_id) * (double)NUM_S);

	give_up_privileges(s, "");
	if (s->check)
		return 0;
	pace_init(&r->pace, s->live.interval_ns, first_ns, r->node_id);
	while (pace_wait(&r->pace)) {
		if (r->changed) { /* a beat at once, the next by the new pace */
			r->changed = false;
			pace_init(&r->pace, s->live.interval_ns, 0, r->node_id);
			continue;
		}
		render_beat(&r->text, r->node_id, true);
		if (emit(r) < 0)
			return -1;
		if (s->once)
			return 0;
	}
	render_beat(&r->text, r->node_id, false);
	stats_end();
	return emit(r);
}

/* Records of the nested form in, of the flat form out. */
static int
run_flatten(struct run *r)
{
	struct flatten f;
	struct lines in;
	struct span line;
	int got = 0;

	give_up_privileges(&r->set, "");
	if (r->set.check)
		return 0;
	flatten_init(&f);
	lines_init(&in, STDIN_FILENO, r->stop_fd);
	for (;;) {
		if (!lines_ready(&in) && outbuf_flush(&r->out) < 0)
			return -1;
		if ((got = lines_next(&in, &line)) <= 0)
			break;
		if (flatten_line(&f, line, &r->text) == 0) {
			if (r->text.failed)
				die(EX_TEMPFAIL, "out of memory");
			outbuf_add(&r->out, buf_span(&r->text));
			r->records++;
		} else if (!in.torn && r->refused++ == 0) {
			warn("line %ju: %s", in.number, f.why);
		}
		buf_reset(&r->text);
	}
	if (got < 0)
		die_sys(EX_IOERR, "unable to read stdin");
	if ((r->refused += in.overlong) > 0)
		warn("%ju lines dropped", (uintmax_t)r->refused);
	flatten_release(&f);
	lines_release(&in);
	stats_end();
	return 0;
}

/* Where the profile is kept: the file that is named, or that of the state. */
static void
save_profile(const struct settings *s, struct span text)
{
	char path[PATH_MAX];
	int n;

	if (s->saved != NULL)
		n = snprintf(path, sizeof(path), "%s", s->saved);
	else if ((n = nodeid_state_dir(path, sizeof(path))) == 0 &&
	    (n = newfile_mkdirs(path, 0755)) == 0) {
		n = (int)strlen(path);
		n += snprintf(path + n, sizeof(path) - (size_t)n, "/" PROFILE);
	}
	if (n >= (int)sizeof(path)) {
		n = -1;
		errno = ENAMETOOLONG;
	}
	if (n < 0)
		die_sys(EX_IOERR, "unable to find where the profile is kept");
	if (newfile_replace(path, text, 0644) < 0)
		die_sys(EX_IOERR, "unable to write %s", path);
}

static int
run_info(struct run *r)
{
	const struct settings *s = &r->set;

	if (render_info(&r->text, r->node_id, s->proc) < 0)
		die_sys(EX_IOERR, "unable to open %s", s->proc);
	if (s->check) {
		allow_beside(s->saved, "rwc");
		return 0;
	}
	if (s->save && !r->text.failed)
		save_profile(s, buf_span(&r->text));
	return emit(r);
}

static int (*const runs[])(struct run *) = {
	[FORM_NESTED] = run_samples,
	[FORM_FLAT] = run_samples,
	[FORM_FLATTEN] = run_flatten,
	[FORM_PROMETHEUS] = run_samples,
	[FORM_BEAT] = run_beats,
	[FORM_INFO] = run_info,
};

int
main(int argc, char *argv[])
{
	static struct run r;
	char why[NODEID_WHY];
	int error;

	diag_init("rx-metrics");
	options_parse(&r.set, argc, argv);
	must_be_file(r.set.page);
	must_be_file(r.set.saved);
	must_be_file(r.set.stats);
	if (r.set.form != FORM_FLATTEN &&
	    nodeid_get(r.set.given_id, r.node_id, why) < 0)
		die(EX_CONFIG, "%s", why);
	if ((r.stop_fd = stop_init()) < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	stop_on_status(tell_status, &r);
	stop_on_reload(again, &r);
	notify_count("records", &r.records);
	if (r.set.page == NULL)
		stop_reader(STDOUT_FILENO);
	if (r.set.stats != NULL && !r.set.check)
		stats_to(r.set.stats, tell_stats, &r);
	outbuf_init(&r.out, STDOUT_FILENO);
	buf_init(&r.text);
	error = runs[r.set.form](&r);
	buf_release(&r.text);
	if (outbuf_close(&r.out) < 0 || error < 0)
		die_sys(EX_IOERR, "unable to write stdout");
	return r.refused > 0 ? EX_PARTLY : EX_OK;
}
