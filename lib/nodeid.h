/* SPDX-License-Identifier: MIT */
/*
 * nodeid -- who this host is: a persistent id, and an address for people.
 *
 * Order   1 the value given (--node-id; --node-id-file: nodeid_read()), 2 RX_NODE_ID, 3 the file node_id in
 *         the state directory, 4 derived from /etc/machine-id by a keyed hash
 *         (never the raw value), 5 a random UUID, written to that file once.
 *         An address is never an id: it changes.  No network is used.
 * Values  1 to NODEID_MAX printable bytes, no blank, quote or backslash.
 *         Empty values and values that start with "unknown" are refused in
 *         every source.
 * Address nodeid_ip(): the primary address, found from the routing table and
 *         the interfaces, no packet sent.  Never loopback; the host name when
 *         there is no other address.
 * State   nodeid_state_dir(): RX_STATE_DIR, else STATE_DIRECTORY, else
 *         /var/lib/rx for root, else $XDG_STATE_HOME/rx, else
 *         ~/.local/state/rx.
 * Errors  -1 with a sentence in why.
 */
#ifndef RX_NODEID_H
#define RX_NODEID_H

#include <stddef.h>

#define NODEID_MAX 128
#define NODEID_WHY 256

int nodeid_get(
    const char *given, char id[NODEID_MAX + 1], char why[NODEID_WHY]);
int nodeid_read(/* the first line of a file; nothing else is asked */
    const char *path, char id[NODEID_MAX + 1], char why[NODEID_WHY]);
int nodeid_ip(char ip[NODEID_MAX + 1]);
int nodeid_state_dir(char *dst, size_t size); /* not created */

#endif
