/* SPDX-License-Identifier: Apache-2.0 */
#include "common/route.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/route_line.h"

struct routes {
    struct route **added;    /* owned, in the order of their lines */
    struct route **by_match; /* the same, in the order of route_compare() */
    size_t count;
    struct route **by_number; /* those with an id: the first has number 1 */
    size_t identified;
};

struct routes *routes_new(void)
{
    return mem_new(sizeof(struct routes));
}

void routes_free(struct routes *routes)
{
    if (!routes)
        return;
    for (size_t i = 0; i < routes->count; i++)
        route_free(routes->added[i]);
    free(routes->added);
    free(routes->by_match);
    free(routes->by_number);
    free(routes);
}

/* By host; among the rules of a host, those come first that win where several match: a given
 * proto before none, the longer path_beg, a given ssl before none. Equal rules have the same
 * condition. */
static int route_compare(const struct route *one, const struct route *other)
{
    int order = strcmp(one->host, other->host);
    if (order)
        return order;
    if (one->proto != other->proto)
        return one->proto > other->proto ? -1 : 1; /* ROUTE_ANY is the smallest */
    size_t one_len = strlen(one->path_beg);
    size_t other_len = strlen(other->path_beg);
    if (one_len != other_len)
        return one_len > other_len ? -1 : 1;
    if (one->ssl != other->ssl)
        return one->ssl > other->ssl ? -1 : 1; /* -1 is "both" */
    return strcmp(one->path_beg, other->path_beg);
}

static char *conflict(const struct routes *routes, const struct route *route)
{
    if (route->id && routes_find_id(routes, span_of(route->id)))
        return mem_printf("another route has the id \"%s\"", route->id);
    if (route->id && routes->identified == UINT16_MAX)
        return mem_printf("%zu routes with an id are as many as there can be", routes->identified);
    for (size_t i = 0; i < routes->count; i++) {
        if (*route->host && route_compare(routes->added[i], route) == 0)
            return mem_printf("another route has the same condition: this one would never match");
    }
    return NULL;
}

static void number(struct routes *routes, struct route *route)
{
    size_t count = routes->identified + 1;
    routes->by_number = mem_grow(routes->by_number, count, sizeof(struct route *));
    routes->by_number[routes->identified++] = route;
    route->number = (uint16_t)count;
}

static void insert(struct routes *routes, struct route *route)
{
    size_t room = routes->count + 1;
    size_t at = routes->count;

    routes->added = mem_grow(routes->added, room, sizeof(struct route *));
    routes->by_match = mem_grow(routes->by_match, room, sizeof(struct route *));
    routes->added[routes->count] = route;
    for (; at > 0 && route_compare(routes->by_match[at - 1], route) > 0; at--)
        routes->by_match[at] = routes->by_match[at - 1];
    routes->by_match[at] = route;
    routes->count++;
    if (route->id)
        number(routes, route);
}

char *routes_add_from(struct routes *routes, struct span line, const char *dir)
{
    struct route *route = NULL;
    char *why = route_line_read(line, dir, &route);

    if (why || !route)
        return why;
    why = conflict(routes, route);
    if (why)
        route_free(route);
    else
        insert(routes, route);
    return why;
}

char *routes_add(struct routes *routes, struct span line)
{
    return routes_add_from(routes, line, NULL);
}

size_t routes_count(const struct routes *routes)
{
    return routes->count;
}

const struct route *routes_at(const struct routes *routes, size_t index)
{
    return routes->added[index];
}

size_t routes_identified(const struct routes *routes)
{
    return routes->identified;
}

const char *routes_id(const struct routes *routes, uint16_t number)
{
    return routes->by_number[number - 1]->id;
}

bool routes_lead_out(const struct routes *routes)
{
    for (size_t i = 0; i < routes->count; i++) {
        if (routes->added[i]->targets[0].kind != TARGET_DEMO)
            return true;
    }
    return false;
}

const struct route *routes_find_id(const struct routes *routes, struct span id)
{
    for (size_t i = 0; i < routes->count; i++) {
        const struct route *route = routes->added[i];
        if (route->id && span_equal(span_of(route->id), id))
            return route;
    }
    return NULL;
}

/* As strcasecmp(); `name` is lower-case, `host` a stranger's bytes. */
static int compare_host(const char *name, struct span host)
{
    size_t len = strlen(name);
    int order = strncasecmp(name, host.at, len < host.len ? len : host.len);
    return order ? order : (len > host.len) - (len < host.len);
}

/* Returns: where the rules of `host` begin in by_match, or would. */
static size_t first_of(const struct routes *routes, struct span host)
{
    size_t least = 0;
    size_t most = routes->count;

    while (least < most) {
        size_t middle = least + (most - least) / 2;
        if (compare_host(routes->by_match[middle]->host, host) < 0)
            least = middle + 1;
        else
            most = middle;
    }
    return least;
}

static bool admits(const struct route *route, struct span path, bool is_ssl, bool is_ws)
{
    if (route->proto != ROUTE_ANY && (route->proto == ROUTE_WS) != is_ws)
        return false;
    if (route->ssl != -1 && (route->ssl == 1) != is_ssl)
        return false;
    return span_starts(path, span_of(route->path_beg));
}

/* "example.com:8080" and "[::1]:8080" without the port. */
static struct span strip_port(struct span host)
{
    const char *colon = host.len ? memrchr(host.at, ':', host.len) : NULL;

    if (colon && !memchr(colon, ']', host.len - (size_t)(colon - host.at)))
        host.len = (size_t)(colon - host.at);
    return host;
}

const struct route *routes_find(const struct routes *routes, struct span host, struct span path,
                                bool is_ssl, bool is_ws)
{
    host = strip_port(host);
    size_t i = host.len ? first_of(routes, host) : routes->count;

    /* A host with rules of its own never falls back on "*" [GRIP 1.1]. */
    if (i == routes->count || compare_host(routes->by_match[i]->host, host) != 0) {
        host = SPAN("*");
        i = first_of(routes, host);
    }
    for (; i < routes->count && compare_host(routes->by_match[i]->host, host) == 0; i++) {
        if (admits(routes->by_match[i], path, is_ssl, is_ws))
            return routes->by_match[i];
    }
    return NULL;
}
