/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/peers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

#define SLOTS 1024 /* a list each: at most so many of a party are in one */

LIST_HEAD(slot, peer);

static struct {
	struct network networks[PEERS_NETWORKS];
	size_t n_networks;
	size_t most_each;
	uint64_t seed;
	struct slot *slots;
} peers;

bool
peers_allow(const char *network)
{
	if (peers.n_networks == PEERS_NETWORKS ||
	    !network_parse(&peers.networks[peers.n_networks], network))
		return false;
	peers.n_networks++;
	return true;
}

bool
peers_may(const struct address *a)
{
	if (peers.n_networks == 0 || address_is_loopback(a))
		return true;
	for (size_t i = 0; i < peers.n_networks; i++)
		if (network_has(&peers.networks[i], a))
			return true;
	return false;
}

int
peers_init(size_t most_each)
{
	peers.most_each = most_each;
	peers.seed = hash_seed();
	peers.slots = calloc(SLOTS, sizeof(*peers.slots));
	return peers.slots == NULL ? -1 : 0;
}

bool
peers_enter(struct peer *p, const struct address *a)
{
	const struct peer *other;
	struct slot *slot;
	size_t n = 0;

	p->counted = false;
	if (address_is_loopback(a))
		return true;
	p->party = address_party(a);
	slot = &peers.slots[hash_bytes(peers.seed,
				(struct span){ (const char *)p->party.bytes,
				    sizeof(p->party.bytes) }) %
	    SLOTS];
	LIST_FOREACH(other, slot, link)
	if (memcmp(&other->party, &p->party, sizeof(p->party)) == 0)
		n++;
	if (n >= peers.most_each)
		return false;
	LIST_INSERT_HEAD(slot, p, link);
	p->counted = true;
	return true;
}

void
peers_leave(struct peer *p)
{
	if (p->counted)
		LIST_REMOVE(p, link);
}
