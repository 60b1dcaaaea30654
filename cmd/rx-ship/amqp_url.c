/* SPDX-License-Identifier: MIT */
#include "cmd/rx-ship/amqp_url.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_QUEUE "error_logs_queue"

static const char *
split_path(struct amqp_url *a)
{
	char *first, *second;

	if (a->url.path == NULL || a->url.path[1] == '\0')
		return NULL;
	first = a->url.path + 1;
	if ((second = strchr(first, '/')) == NULL) {
		a->queue = first;
		return url_decode(first) ? NULL : "has a bad percent escape";
	}
	*second++ = '\0';
	if (strchr(second, '/') != NULL)
		return "has more than a virtual host and a queue in its path";
	if (!url_decode(first) || !url_decode(second))
		return "has a bad percent escape";
	if (*first != '\0')
		a->vhost = first;
	if (*second != '\0')
		a->queue = second;
	return NULL;
}

static const char *
check(struct amqp_url *a)
{
	const char *why = split_path(a);

	if (why != NULL)
		return why;
	if (strlen(a->vhost) > AMQP_SHORT || strlen(a->queue) > AMQP_SHORT)
		return "has a virtual host or queue of more than 255 bytes";
	if (a->url.query != NULL && strcmp(a->url.query, "passive") != 0)
		return "has a query other than ?passive";
	a->passive = a->url.query != NULL;
	return NULL;
}

int
amqp_url_parse(struct amqp_url *a, const char *text, const char **why)
{
	*a = (struct amqp_url){ .vhost = "/", .queue = DEFAULT_QUEUE };
	if (url_parse(&a->url, text, why) < 0)
		return -1;
	if ((*why = check(a)) != NULL) {
		amqp_url_release(a);
		return -1;
	}
	a->named = strcmp(a->queue, DEFAULT_QUEUE) != 0;
	a->user = a->url.user != NULL ? a->url.user : "guest";
	a->password = a->url.password != NULL ? a->url.password
	    : a->url.user == NULL             ? "guest"
					      : "";
	a->secure = strcmp(a->url.scheme, "amqps") == 0;
	snprintf(a->port, sizeof(a->port), "%u",
	    a->url.port != 0 ? a->url.port
		: a->secure  ? 5671
			     : 5672);
	return 0;
}

void
amqp_url_release(struct amqp_url *a)
{
	url_release(&a->url);
}
