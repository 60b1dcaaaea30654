/* SPDX-License-Identifier: MIT */
/*
 * salvage -- a damaged spool is replaced by what of it can be read.
 *
 * Who has the file open, or is about to write to it, is kept off; a file that
 * is whole is left alone.  The order of the last steps lets a crash between any
 * two be seen and made good: as long as the old file has two names, nobody
 * opens it (lib/store.h), and the next salvage begins again from the second.
 *
 *	DB.salvage     made, filled, closed, on the disk
 *	link           DB and its log get the names DB.damaged-TIME
 *	unlink         the log and its index
 *	rename         DB.salvage becomes DB
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/rx-spool/spool.h"
#include "lib/diag.h"
#include "lib/newfile.h"
#include "lib/stop.h"
#include "lib/store_salvage.h"

#define PATH_SIZE 4096
#define SHARED_FIRST 0x40000002 /* bytes every SQLite connection locks */
#define SHARED_SIZE 510
#define PROGRESS_MS 500

static const struct cli_option options[] = { { 0, NULL, NULL, NULL } };
static struct cli cli = {
	.name = "rx-spool salvage",
	.synopsis = "[options] DB",
	.about = "Replaces a damaged spool by what of it can be read.",
	.options = options,
	.examples = "  rx-spool salvage q.db && rx-spool stat q.db\n",
};

struct paths {
	const char *db;
	char damaged[PATH_SIZE]; /* the second name of the old file */
	char fresh[PATH_SIZE];
	bool again; /* that name is from a salvage that was killed */
};

static void
join(char dst[PATH_SIZE], const char *path, const char *suffix)
{
	if (snprintf(dst, PATH_SIZE, "%s%s", path, suffix) >= PATH_SIZE)
		die(EX_USAGE, "the path is too long");
}

/* What root makes, only root could open: root does it as whose the file is. */
static void
become_owner(const char *db)
{
	struct stat sb;

	if (geteuid() != 0 || lstat(db, &sb) < 0 || sb.st_uid == 0)
		return;
	if (setgroups(0, NULL) < 0 || setgid(sb.st_gid) < 0 ||
	    setuid(sb.st_uid) < 0)
		die_sys(EX_NOPERM, "unable to be the owner of %s", db);
}

/* As a store would, so that no writer is in the middle of anything. */
static void
hold_off(const char *db)
{
	struct flock shared = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = SHARED_FIRST,
		.l_len = SHARED_SIZE };
	char path[PATH_SIZE];
	int fd;

	join(path, db, ".lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		die_sys(EX_NOPERM, "unable to open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		die(EX_TEMPFAIL, "%s is held by another process: stop it first",
		    path);
	if ((fd = open(db, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) < 0)
		die_sys(errno == ENOENT ? EX_IOERR : EX_NOPERM,
		    "unable to open %s", db);
	if (fcntl(fd, F_OFD_SETLK, &shared) < 0)
		die(EX_TEMPFAIL,
		    "%s is in use by another process: stop it first", db);
	/* Both are held until the process ends. */
}

/* A salvage that was killed has left the old file with two names. */
static void
find_second(struct paths *p)
{
	char copy[PATH_SIZE], path[PATH_SIZE], prefix[PATH_SIZE];
	struct stat mine, other;
	struct dirent *e;
	DIR *dir;

	if (lstat(p->db, &mine) < 0)
		die_sys(EX_IOERR, "unable to open %s", p->db);
	if (!S_ISREG(mine.st_mode))
		die(EX_DATAERR, "%s is not a regular file", p->db);
	if (mine.st_nlink == 1)
		return;
	join(copy, p->db, "");
	snprintf(prefix, sizeof(prefix), "%s.damaged-", basename(copy));
	join(copy, p->db, "");
	if ((dir = opendir(dirname(copy))) == NULL)
		die_sys(EX_IOERR, "unable to read the directory of %s", p->db);
	while (!p->again && (e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		join(path, p->db, strstr(e->d_name, ".damaged-"));
		if (lstat(path, &other) == 0 && other.st_ino == mine.st_ino) {
			p->again = true;
			join(p->damaged, path, "");
		}
	}
	closedir(dir);
	if (!p->again)
		die(EX_NOPERM,
		    "%s has several names: a spool needs one, for its lock",
		    p->db);
}

static void
name_second(struct paths *p)
{
	char stamp[64];
	time_t now = time(NULL);
	struct stat sb;

	strftime(stamp, sizeof(stamp), ".damaged-%Y%m%dT%H%M%SZ", gmtime(&now));
	join(p->damaged, p->db, stamp);
	if (lstat(p->damaged, &sb) == 0)
		die(EX_TEMPFAIL, "%s is there already: wait a second",
		    p->damaged);
}

/* True: nothing is wrong with it. */
static bool
is_whole(const char *db)
{
	const struct store_options how = { .read_only = true, .wait_ms = -1 };
	char why[STORE_WHY];
	struct store *st;
	int status = store_open(&st, db, &how, why);

	if (status == 0) {
		if ((status = store_verify(st)) != 0)
			snprintf(why, sizeof(why), "%s", store_why(st));
		store_close(st);
	}
	if (status == 0)
		return true;
	/* What is not damage is not healed by this. */
	if (status == STORE_NONE || status == EX_IOERR)
		status = EX_DATAERR;
	if (status == STORE_FULL)
		status = EX_TEMPFAIL;
	if (status != EX_DATAERR)
		die(status, "%s", why);
	info("%s", why);
	return false;
}

static void
remove_store(const char *db)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", ".lock" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		join(path, db, suffixes[i]);
		if (unlink(path) < 0 && errno != ENOENT)
			die_sys(EX_IOERR, "unable to remove %s", path);
	}
}

static void
progress(uint32_t page, uint32_t of)
{
	static int64_t told_ms;
	int64_t now = stop_now_ms();

	if (stop_asked())
		die(EX_TEMPFAIL, "stopped: nothing was changed");
	if (!isatty(STDERR_FILENO) || now - told_ms < PROGRESS_MS)
		return;
	told_ms = now;
	info("%u of %u pages read", page, of);
}

/* A full disk takes the log and not the file: what is renamed is the file. */
static void
check_no_log(const char *db)
{
	char log[PATH_SIZE];
	struct stat sb;

	join(log, db, "-wal");
	if (stat(log, &sb) < 0 || sb.st_size == 0)
		return;
	remove_store(db);
	die(EX_TEMPFAIL, "the disk has no room for %s: nothing was changed",
	    db);
}

static void
fill(const struct paths *p, const char *old, struct store_salvage *told)
{
	const struct store_options how = { .create = true, .wait_ms = -1 };
	struct store *st;
	char lock[PATH_SIZE];

	remove_store(p->fresh);
	st = spool_open(p->fresh, &how);
	spool_check(st, store_salvage(st, old, told));
	if (told->rows == 0) {
		store_close(st);
		remove_store(p->fresh);
		die(EX_DATAERR, "%s holds nothing of a spool", old);
	}
	spool_check(st, store_verify(st));
	spool_close(st);
	check_no_log(p->fresh);
	join(lock, p->fresh, ".lock");
	unlink(lock);
}

static void
link_as(const char *path, const char *name)
{
	if (link(path, name) < 0 && errno != ENOENT)
		die_sys(EX_IOERR, "unable to keep %s as %s", path, name);
}

static void
sync_directory(const char *db)
{
	if (newfile_sync_dir(db) < 0)
		die_sys(EX_IOERR, "unable to sync the directory of %s", db);
}

static void
replace(const struct paths *p)
{
	char log[PATH_SIZE], kept[PATH_SIZE], index[PATH_SIZE];

	join(log, p->db, "-wal");
	join(kept, p->damaged, "-wal");
	join(index, p->db, "-shm");
	if (!p->again) {
		link_as(log, kept);
		link_as(p->db, p->damaged);
		sync_directory(p->db);
	}
	unlink(log);
	unlink(index);
	sync_directory(p->db);
	if (rename(p->fresh, p->db) < 0)
		die_sys(EX_IOERR, "unable to rename %s", p->fresh);
	sync_directory(p->db);
}

static void
tell(const struct paths *p, const struct store_salvage *t)
{
	info("%s is replaced: %ju records, %ju dead letters and the positions "
	     "of %ju sources were read; the damaged file is %s",
	    p->db, (uintmax_t)t->records, (uintmax_t)t->letters,
	    (uintmax_t)t->sources, p->damaged);
	if (t->lost > 0)
		warn("%ju records are lost", (uintmax_t)t->lost);
	if (t->lost_letters > 0)
		warn("%ju dead letters are lost", (uintmax_t)t->lost_letters);
	if (t->again > 0)
		warn("%ju records were settled, as their lanes count, and come "
		     "again",
		    (uintmax_t)t->again);
	if (t->doubtful > 0)
		warn("%ju records were kept of %ju segments that are not what "
		     "was stored: look at them",
		    (uintmax_t)t->doubtful, (uintmax_t)t->segments);
	if (t->doubtful_letters > 0)
		warn("%ju dead letters are not what was stored: look at them",
		    (uintmax_t)t->doubtful_letters);
	if (t->nameless > 0)
		warn("%ju lanes have lost their names and counters: what they "
		     "lost is not known",
		    (uintmax_t)t->nameless);
	if (t->unreadable > 0)
		warn("the disk did not give out %u times a page of %u",
		    t->unreadable, t->pages);
}

int
verb_salvage(int argc, char *argv[])
{
	struct store_salvage told = { .progress = progress };
	struct paths p = { .again = false };

	cli.versions = store_versions();
	while (cli_next(&cli, argc, argv) != -1)
		;
	spool_operands(&cli, argc - optind, argv + optind, &p.db, NULL);
	if (stop_init() < 0)
		die_sys(EX_TEMPFAIL, "unable to catch signals");
	join(p.fresh, p.db, ".salvage");
	become_owner(p.db);
	spool_confine(p.db, NULL, NULL);
	find_second(&p);
	if (!p.again && is_whole(p.db)) {
		info("%s is whole: nothing to do", p.db);
		return EX_OK;
	}
	hold_off(p.db);
	if (!p.again)
		name_second(&p);
	fill(&p, p.again ? p.damaged : p.db, &told);
	replace(&p);
	tell(&p, &told);
	return told.lost + told.lost_letters + told.again + told.doubtful +
		    told.doubtful_letters + told.nameless >
		0
	    ? EX_PARTLY
	    : EX_OK;
}
