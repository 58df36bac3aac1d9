/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_reach.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/log.h"
#include "common/mem.h"

#define LONGER_THAN_OURS 86400000L /* libcurl's own limit on connecting: ours comes first */

void reach_set_manners(CURL *easy, char error[CURL_ERROR_SIZE])
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* never wait for a slow resolver thread */
    curl_easy_setopt(easy, CURLOPT_PROXY, "");      /* else the environment is asked */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, LONGER_THAN_OURS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
}

/* The name whose certificate the origin has to show: "host=" without its port, or the host. */
static struct span certificate_name(const struct target *target)
{
    if (!target->ssl || !target->host_header || target->trust_connect_host)
        return span_of(target->host);
    struct span name = span_of(target->host_header);
    if (name.len && name.at[0] == '[') {
        name = span_skip(name, 1);
        return span_cut(&name, ']');
    }
    return span_cut(&name, ':');
}

static bool is_ipv6(struct span host)
{
    return host.len && memchr(host.at, ':', host.len);
}

void reach_target(struct reach *reach, CURL *easy, const struct target *target)
{
    struct span name = certificate_name(target);
    char *url = mem_printf(is_ipv6(name) ? "%s://[%.*s]:%u/" : "%s://%.*s:%u/",
                           target->ssl ? "https" : "http", (int)name.len, name.at, target->port);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    free(url);

    reach_done(reach);
    if (!span_equal(name, span_of(target->host)))
        reach->connect_to.data = mem_printf(
            is_ipv6(span_of(target->host)) ? "::[%s]:%u" : "::%s:%u", target->host, target->port);
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, reach->connect_to.data ? &reach->connect_to : NULL);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, target->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, target->insecure ? 0L : 2L);
}

void reach_done(struct reach *reach)
{
    free(reach->connect_to.data);
    reach->connect_to.data = NULL;
}

void reach_log(const struct target *target, const char *why)
{
    char safe[CURL_ERROR_SIZE];
    log_warn("origin unreachable host=%s port=%u why=\"%s\"", target->host, target->port,
             log_safe(safe, sizeof(safe), why, strlen(why)));
}

char *reach_failed(const struct target *targets, size_t count)
{
    struct buf text = {0};
    buf_append(&text, SPAN("Unable to connect to any targets. Tried: "));
    for (size_t i = 0; i < count; i++)
        buf_printf(&text, is_ipv6(span_of(targets[i].host)) ? "%s[%s]:%u" : "%s%s:%u",
                   i ? ", " : "", targets[i].host, targets[i].port);
    return buf_take(&text);
}
