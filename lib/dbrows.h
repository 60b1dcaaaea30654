/* SPDX-License-Identifier: MIT */
/* dbrows -- what the files of dbpages share. */
#ifndef RX_DBROWS_H
#define RX_DBROWS_H

#include "lib/dbpages.h"

static inline uint32_t
dbrows_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
	    (uint32_t)at[2] << 8 | at[3];
}

/* The page's bytes, zeros where the file is too short; -1: the disk. */
int dbpages_read(struct dbpages *, uint32_t page, uint8_t *dst);

#endif
