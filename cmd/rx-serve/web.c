/* SPDX-License-Identifier: MIT */
/* The assembler copies the files in; the Makefile knows that we need them. */
#include "cmd/rx-serve/web.h"

#include <stddef.h>

#define INCLUDE(name, file) INCLUDE_AT(name, "cmd/rx-serve/web/" file)
#define INCLUDE_AT(name, path) \
	__asm__(".section .rodata\n" \
		"web_" #name ":\n" \
		".incbin \"" path "\"\n" \
		"web_" #name "_end:\n" \
		".byte 0\n" \
		".previous\n"); \
	extern const char web_##name[], web_##name##_end[]

INCLUDE(page, "index.html");
#ifdef CHART_JS /* Debian's libjs-chart.js */
INCLUDE_AT(chart, CHART_JS);
#endif
INCLUDE(app, "app.js");
INCLUDE(auth, "auth.js");
INCLUDE(alerts, "alerts.js");
INCLUDE(charts, "charts.js");
INCLUDE(delivery, "delivery.js");
INCLUDE(host, "host.js");
INCLUDE(signals, "signals.js");
INCLUDE(view, "view.js");
INCLUDE(lines, "lines.js");
INCLUDE(rate, "rate.js");
INCLUDE(style, "style.css");
INCLUDE(icon, "icon.svg");

#define SCRIPT "text/javascript; charset=utf-8"

static const struct web_file files[] = {
	{ "/", "text/html; charset=utf-8", web_page, web_page_end },
#ifdef CHART_JS
	{ "/static/chart.js", SCRIPT, web_chart, web_chart_end },
#endif
	{ "/static/app.js", SCRIPT, web_app, web_app_end },
	{ "/static/auth.js", SCRIPT, web_auth, web_auth_end },
	{ "/static/alerts.js", SCRIPT, web_alerts, web_alerts_end },
	{ "/static/charts.js", SCRIPT, web_charts, web_charts_end },
	{ "/static/delivery.js", SCRIPT, web_delivery, web_delivery_end },
	{ "/static/host.js", SCRIPT, web_host, web_host_end },
	{ "/static/signals.js", SCRIPT, web_signals, web_signals_end },
	{ "/static/view.js", SCRIPT, web_view, web_view_end },
	{ "/static/lines.js", SCRIPT, web_lines, web_lines_end },
	{ "/static/rate.js", SCRIPT, web_rate, web_rate_end },
	{ "/static/style.css", "text/css; charset=utf-8", web_style,
	    web_style_end },
	{ "/static/icon.svg", "image/svg+xml", web_icon, web_icon_end },
};

const struct web_file *
web_find(struct span path)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (span_is(path, files[i].path))
			return &files[i];
	return NULL;
}
