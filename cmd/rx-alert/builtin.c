/* SPDX-License-Identifier: MIT */
/*
 * builtin -- the rules that come with the tool, as bytes of the files themselves:
 * one text, so what is installed and what is built in cannot differ.
 */
#include "cmd/rx-alert/rules.h"

#define BUILTIN(name, file) \
	__asm__(".section .rodata\n" \
		".balign 8\n" \
		".global " name ", " name "_len\n" name \
		"_len: .8byte 2f - 1f\n" name ":\n" \
		"1: .incbin \"" file "\"\n" \
		"2: .byte 0\n" \
		".previous\n")

BUILTIN("rx_alert_rules", "agent/rules/alerts.json");
BUILTIN("rx_alert_windows", "agent/rules/thresholds.json");

extern const uint64_t rx_alert_rules_len, rx_alert_windows_len;
extern const char rx_alert_rules[], rx_alert_windows[];

struct span
rules_builtin(bool of_windows)
{
	if (of_windows)
		return (struct span){ rx_alert_windows, rx_alert_windows_len };
	return (struct span){ rx_alert_rules, rx_alert_rules_len };
}
