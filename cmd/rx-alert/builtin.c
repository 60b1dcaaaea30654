/*
 * builtin -- the rules that come with the tool, as bytes of the file itself:
 * one text, so what is installed and what is built in cannot differ.
 */
#include "cmd/rx-alert/rules.h"

__asm__(".section .rodata\n"
	".balign 8\n"
	".global rx_alert_rules, rx_alert_rules_len\n"
	"rx_alert_rules_len: .8byte 2f - 1f\n"
	"rx_alert_rules:\n"
	"1: .incbin \"agent/rules/alerts.json\"\n"
	"2: .byte 0\n"
	".previous\n");

extern const uint64_t rx_alert_rules_len;
extern const char rx_alert_rules[];

struct span
rules_builtin(void)
{
	return (struct span){ rx_alert_rules, rx_alert_rules_len };
}
