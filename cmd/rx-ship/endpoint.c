/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/endpoint.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *preset, *path;
} endpoints[] = {
	{ "telemetry", "/api/telemetry/snapshot" },
	{ "heartbeat", "/api/heartbeat" },
	{ "ticket", "/api/alerts/create" },
	{ "system-info", "/api/system_info" },
	{ "webhook", "" },
};

const char *
endpoint_of(const char *preset)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(*endpoints); i++)
		if (strcmp(endpoints[i].preset, preset) == 0)
			return endpoints[i].path;
	return NULL;
}

/* Bytes of path before its last segment "api". */
static size_t
before_api(const char *path)
{
	size_t len = strlen(path);

	for (const char *at = path; (at = strstr(at, "/api")) != NULL; at++)
		if (at[4] == '\0' || at[4] == '/')
			len = (size_t)(at - path);
	return len;
}

int
endpoint_join(char *dst, size_t size, const char *path, const char *endpoint)
{
	size_t len;
	int n;

	if (path == NULL)
		path = "";
	if (*endpoint == '\0')
		n = snprintf(dst, size, "%s", *path == '\0' ? "/" : path);
	else {
		len = before_api(path);
		while (len > 0 && path[len - 1] == '/')
			len--;
		n = snprintf(dst, size, "%.*s%s", (int)len, path, endpoint);
	}
	return n < 0 || (size_t)n >= size ? -1 : 0;
}
