/* SPDX-License-Identifier: MIT */
#include "cmd/rx-serve/exposure.h"

#include <string.h>

#include "lib/diag.h"

void
exposure_add(struct exposure *e, const char *address)
{
	static char names[EXPOSURE_MAX][ADDRESS_TEXT];
	struct address *a = &e->list[e->n];

	if (e->n == EXPOSURE_MAX)
		die(EX_USAGE, "--listen: more than %d addresses", EXPOSURE_MAX);
	if (!address_parse(a, address))
		die(EX_USAGE, "--listen %s is no address of IPv4 or IPv6",
		    address);
	for (size_t i = 0; i < e->n; i++)
		if (memcmp(&e->list[i], a, sizeof(*a)) == 0)
			die(EX_USAGE, "--listen %s came before", address);
	if (!address_is_any(a) &&
	    !access_add_host(address_text(a, names[e->n])))
		die(EX_USAGE, "--listen %s: too many names", address);
	e->n++;
}

static const char *
lacks(const struct exposure *e)
{
	if (!e->has_tls && !e->has_auth)
		return "TLS (--tls-cert, --tls-key) and --auth";
	if (!e->has_tls)
		return "TLS (--tls-cert, --tls-key)";
	return e->has_auth ? NULL : "--auth";
}

void
exposure_check(struct exposure *e)
{
	const char *lack = lacks(e);
	char text[ADDRESS_TEXT];

	if (e->n == 0)
		exposure_add(e, "127.0.0.1");
	if (e->has_tls)
		access_secure();
	if (lack == NULL || e->insecure)
		return;
	for (size_t i = 0; i < e->n; i++)
		if (!address_is_loopback(&e->list[i]))
			die(EX_CONFIG,
			    "--listen %s: off loopback only with %s; "
			    "--insecure does without",
			    address_text(&e->list[i], text), lack);
}

/* Requests that come to it carry a name that only --host can tell. */
static void
warn_of_names(const struct exposure *e)
{
	char text[ADDRESS_TEXT];

	if (access_has_host())
		return;
	for (size_t i = 0; i < e->n; i++)
		if (address_is_any(&e->list[i]))
			warn("--listen %s without --host: who asks from "
			     "elsewhere gets 421",
			    address_text(&e->list[i], text));
}

void
exposure_warn(const struct exposure *e)
{
	char text[ADDRESS_TEXT];

	warn_of_names(e);
	for (size_t i = 0; i < e->n && e->insecure; i++) {
		address_text(&e->list[i], text);
		if (!e->has_tls)
			warn("--insecure: without TLS, what is sent and every "
			     "token can be read on the way to %s",
			    text);
		if (!e->has_auth)
			warn("--insecure: without --auth, anybody who reaches "
			     "%s may watch and control",
			    text);
	}
}

void
exposure_tell(const struct exposure *e, const uint16_t ports[ACCESS_PORTS])
{
	const char *s = e->has_tls ? "s" : "";
	char at[ADDRESS_TEXT];

	for (size_t i = 0; i < e->n; i++) {
		address_text(&e->list[i], at);
		info("http%s://%s:%u/ and ws%s://%s:%u/livelogs", s, at,
		    ports[0], s, at, ports[1]);
		if (ports[2] != 0)
			info("ws%s://%s:%u/telemetry", s, at, ports[2]);
	}
}
