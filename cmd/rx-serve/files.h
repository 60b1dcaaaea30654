/* SPDX-License-Identifier: MIT */
/*
 * files -- GET /files and GET /files/list: files below the roots of --files.
 *
 * File    ?path=P, absolute.  The bytes as they are, as many as there were
 *         when it was asked for; Range: bytes=… for one part of them, several
 *         parts and other units are passed over.
 * List    ?path=P, or none for the roots: {"path":P,"entries":[{"name":…,
 *         "type":"file"|"directory"|"link"|"other","size":N,"modified":T}…],
 *         "truncated":false}, in the order of names.
 * Limits  FILES_PART bytes in one answer: a file that is larger is 413 without
 *         a range, and a range is cut to it.  FILES_ENTRIES entries.
 * Errors  404 for what is not there, whatever the reason; 403 for what
 *         rx-serve may not read or that is no file, within a root.
 * Source  RFC 9110 section 14.
 */
#ifndef RX_SERVE_FILES_H
#define RX_SERVE_FILES_H

#include "cmd/rx-serve/exchange.h"

#define FILES_PART (256 * 1024 * 1024)
#define FILES_ENTRIES 10000

void files_answer(struct exchange *);
void files_list(struct exchange *);

/* The next bytes of the answer to dst; -1: the file is shorter by now. */
int files_read(struct file_body *, struct buf *dst);
void files_close(struct file_body *);

#endif
