/* SPDX-License-Identifier: MIT */
#include "cmd/rx-alert/keys.h"

#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"

#define FIRST_SLOTS 64

/* In memory: this, the state, the bytes of the key. */
struct key {
	struct key *chain, *older, *newer;
	uint64_t hash;
	size_t len;
	_Alignas(max_align_t) char state[];
};

static struct key *
of_state(const void *state)
{
	return (struct key *)(void *)((char *)(uintptr_t)state -
	    offsetof(struct key, state));
}

void
keys_init(struct keys *t, size_t payload, size_t max)
{
	*t = (struct keys){ .payload = payload, .max = max };
	/* Keys come from records: a fixed hash could be made to collide. */
	t->seed = hash_seed();
}

struct span
keys_name(const struct keys *t, const void *state)
{
	return (struct span){ (const char *)state + t->payload,
		of_state(state)->len };
}

static struct key *
look_up(const struct keys *t, struct span key, uint64_t hash)
{
	struct key *k;

	if (t->n_slots == 0)
		return NULL;
	for (k = t->slots[hash % t->n_slots]; k != NULL; k = k->chain)
		if (k->hash == hash && span_eq(keys_name(t, k->state), key))
			return k;
	return NULL;
}

void *
keys_find(const struct keys *t, struct span key)
{
	struct key *k = look_up(t, key, hash_bytes(t->seed, key));

	return k == NULL ? NULL : k->state;
}

static void
leave_order(struct keys *t, struct key *k)
{
	if (k->older != NULL)
		k->older->newer = k->newer;
	else
		t->oldest = k->newer;
	if (k->newer != NULL)
		k->newer->older = k->older;
	else
		t->newest = k->older;
}

static void
join_order(struct keys *t, struct key *k)
{
	k->newer = NULL;
	k->older = t->newest;
	if (t->newest != NULL)
		t->newest->newer = k;
	else
		t->oldest = k;
	t->newest = k;
}

static bool
widen(struct keys *t)
{
	size_t n = t->n_slots == 0 ? FIRST_SLOTS : 2 * t->n_slots, i;
	struct key **slots = calloc(n, sizeof(*slots)), *k, *next;

	if (slots == NULL)
		return t->n_slots > 0; /* longer chains will do */
	for (i = 0; i < t->n_slots; i++)
		for (k = t->slots[i]; k != NULL; k = next) {
			next = k->chain;
			k->chain = slots[k->hash % n];
			slots[k->hash % n] = k;
		}
	free(t->slots);
	t->slots = slots;
	t->n_slots = n;
	return true;
}

static void
evict_oldest(struct keys *t)
{
	struct key *k = t->oldest, **at;

	for (at = &t->slots[k->hash % t->n_slots]; *at != k;)
		at = &(*at)->chain;
	*at = k->chain;
	leave_order(t, k);
	free(k);
	t->n--;
	t->evicted++;
}

static struct key *
make(struct keys *t, struct span key, uint64_t hash)
{
	struct key *k;

	if (t->n == t->max)
		evict_oldest(t);
	if (t->n >= t->n_slots && !widen(t))
		return NULL;
	k = calloc(1, sizeof(*k) + t->payload + key.len);
	if (k == NULL)
		return NULL;
	k->hash = hash;
	k->len = key.len;
	memcpy(k->state + t->payload, key.at, key.len);
	k->chain = t->slots[hash % t->n_slots];
	t->slots[hash % t->n_slots] = k;
	join_order(t, k);
	t->n++;
	return k;
}

void *
keys_get(struct keys *t, struct span key)
{
	uint64_t hash;
	struct key *k;

	if (key.len == 0)
		key.at = ""; /* an empty one may be nowhere, memcpy's may not */
	hash = hash_bytes(t->seed, key);
	k = look_up(t, key, hash);
	if (k == NULL) {
		k = make(t, key, hash);
		return k == NULL ? NULL : k->state;
	}
	if (k != t->newest) {
		leave_order(t, k);
		join_order(t, k);
	}
	return k->state;
}

void *
keys_oldest(const struct keys *t)
{
	return t->oldest == NULL ? NULL : t->oldest->state;
}

void *
keys_newer(const void *state)
{
	const struct key *k = of_state(state)->newer;

	return k == NULL ? NULL : (void *)(uintptr_t)k->state;
}

void
keys_release(struct keys *t)
{
	struct key *k, *next;

	for (k = t->oldest; k != NULL; k = next) {
		next = k->newer;
		free(k);
	}
	free(t->slots);
	*t = (struct keys){ .payload = t->payload, .max = t->max };
}
