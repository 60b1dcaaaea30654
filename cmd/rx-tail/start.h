/* SPDX-License-Identifier: MIT */
/*
 * start -- where every log is begun (PROTOCOL.md T1, T4, 5, 6).
 *
 * Shape   For each log the files of its chain (chain_files.h, and what its path
 *         leads to) are held against the entries of the claims:
 *
 *         entry     file                        begun
 *         --------  --------------------------  ---------------------------
 *         matches   same inode and birth time   at the entry
 *         matches   another: adopted copy       at the entry, old src
 *         none      live path                   --from; resumed: at 0
 *         none      a pattern asks for it       the same
 *         none      newer than what matched     at 0: born while we were away
 *         none      other                       not read, its end is told
 *         its file was rewritten                gap truncated, file at 0
 *         no file                               gap deleted
 */
#ifndef RX_TAIL_START_H
#define RX_TAIL_START_H

#include "cmd/rx-tail/claims.h"
#include "cmd/rx-tail/tail.h"

/* resumed: claims hold positions.  Gaps are written, and the first mark. */
void start_positions(struct tail *, const struct claims *, bool resumed);

/* The same for one log that no claim knows. */
void start_log(struct tail *, struct log *, bool resumed);

#endif
