/* SPDX-License-Identifier: MIT */
/*
 * serve-browse -- what stands in SSH_ORIGINAL_COMMAND: refused with a reason,
 * or words that mean the same when each is quoted and split again.
 */
#include "cmd/rx-serve/browse.h"
#include "t/fuzz/fuzz.h"

/* Every word in '…', and its own quotes outside of them. */
static void
quote(struct buf *b, const struct browse_words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		buf_adds(b, i > 0 ? " '" : "'");
		for (const char *c = words->list[i]; *c != '\0'; c++)
			if (*c == '\'')
				buf_adds(b, "'\\''");
			else
				buf_addc(b, *c);
		buf_addc(b, '\'');
	}
	buf_addc(b, '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_copy(data, size);
	struct browse_words words = { .n = 0 }, again = { .n = 0 };
	struct buf command;
	const char *why;

	buf_init(&command);
	buf_add(&command, text);
	buf_addc(&command, '\0');
	why = browse_split(&words, command.at);
	buf_reset(&command);
	if (why == NULL) {
		FUZZ_TRUE(words.n > 0 && words.n <= BROWSE_WORDS);
		FUZZ_TRUE(words.list[words.n] == NULL);
		quote(&command, &words);
		if (command.len <= BROWSE_COMMAND) {
			FUZZ_TRUE(browse_split(&again, command.at) == NULL);
			FUZZ_TRUE(again.n == words.n);
			for (size_t i = 0; i < words.n; i++)
				FUZZ_TRUE(
				    strcmp(again.list[i], words.list[i]) == 0);
			browse_release(&again);
		}
	}
	browse_release(&words);
	buf_release(&command);
	return 0;
}
