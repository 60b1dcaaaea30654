/*
 * builtin -- the rules that come with the tool, as bytes of the file itself:
 * one text, so what is installed and what is built in cannot differ.
 */
#include "cmd/rx-alert/rules.h"

__asm__(".section .rodata\n"
	".global rx_alert_rules\n"
	".global rx_alert_rules_end\n"
	"rx_alert_rules:\n"
	".incbin \"agent/rules/alerts.json\"\n"
	"rx_alert_rules_end:\n"
	".byte 0\n"
	".previous\n");

extern const char rx_alert_rules[], rx_alert_rules_end[];

struct span
rules_builtin(void)
{
	return (struct span){ rx_alert_rules,
		(size_t)(rx_alert_rules_end - rx_alert_rules) };
}
