/* SPDX-License-Identifier: MIT */
/*
 * endpoint -- where the requests of a preset go, below one base URL.
 *
 * Shape   The base may be given bare, with a trailing slash, as …/api, or as
 *         one of the endpoints (…/api/ticket): what follows its last segment
 *         "api" is replaced, so that no URL has /api/api.
 *
 *         telemetry    /api/telemetry/snapshot
 *         heartbeat    /api/heartbeat
 *         ticket       /api/alerts/create
 *         system-info  /api/system_info
 *         webhook      the URL as it is
 * Errors  endpoint_join: -1 when dst is too small.
 * Source ; T-8.
 */
#ifndef RX_SHIP_ENDPOINT_H
#define RX_SHIP_ENDPOINT_H

#include <stddef.h>

/* The endpoint's path; NULL: there is no such preset. "": as it is. */
const char *endpoint_of(const char *preset);

/* path may be NULL. */
int endpoint_join(
    char *dst, size_t size, const char *path, const char *endpoint);

#endif
