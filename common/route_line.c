/* SPDX-License-Identifier: Apache-2.0 */
#include "common/route_line.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/route.h"
#include "common/route_parameter.h"
#include "common/route_scan.h"

struct line_route {
    struct route route;
    char *arena;   /* each element of the line, decoded, with a NUL behind it */
    char *sig_key; /* where it is not as it stands in the line */
};

static char *read_section(struct scan *scan, struct section *section)
{
    struct element element = {0};

    for (bool is_first = true; !element.ends_section; is_first = false) {
        const char *why = scan_element(scan, &element);
        if (why)
            return mem_printf("%s", why);
        char *fault = is_first && !element.value ? section_value(section, element.name)
                                                 : section_parameter(section, &element);
        if (fault)
            return fault;
    }
    return NULL;
}

static char *read_one_target(struct scan *scan, struct route *route)
{
    route->targets = mem_grow(route->targets, route->target_count + 1, sizeof(*route->targets));
    struct target *target = &route->targets[route->target_count++];
    *target = (struct target){.kind = TARGET_ORIGIN};

    char *why = read_section(scan, &(struct section){.route = route, .target = target});
    if (!why && !target->host)
        why = mem_printf("a target needs HOST:PORT before its parameters");
    if (!why && target->port == 0)
        target->port = target->ssl ? 443 : 80;
    return why;
}

static char *read_route(struct scan *scan, struct route *route)
{
    char *why = read_section(scan, &(struct section){.route = route});

    if (!why && scan->rest.len == 0)
        why = mem_printf("there is no target behind the condition: CONDITION TARGET");
    while (!why && scan->rest.len)
        why = read_one_target(scan, route);
    if (why)
        return why;
    if (!*route->host && !route->id)
        return mem_printf("without a host (\"*\" for every other host) a route needs an id=");
    for (size_t i = 0; route->target_count > 1 && i < route->target_count; i++) {
        if (route->targets[i].kind == TARGET_DEMO)
            return mem_printf("the demo cannot fail and stands alone, without other targets");
    }
    return NULL;
}

static void resolve_key(struct line_route *owner, const char *dir)
{
    struct span key = span_of(owner->route.sig_key);
    struct span in_file = SPAN("file:");

    if (!span_starts(key, in_file) || span_starts(key, SPAN("file:/")))
        return;
    owner->sig_key = mem_printf("file:%s/%s", dir, key.at + in_file.len);
    owner->route.sig_key = owner->sig_key;
}

static bool is_line_end(char byte)
{
    return byte == '\r' || byte == '\n';
}

/* Returns: the line without what people cannot see around it. */
static struct span trim_line(struct span line)
{
    while (line.len && is_line_end(line.at[line.len - 1]))
        line.len--;
    return span_trim(line);
}

static char *find_control_character(struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char byte = (unsigned char)line.at[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return mem_printf("byte %zu of the line is a control character", i + 1);
    }
    return NULL;
}

char *route_line_read(struct span line, const char *dir, struct route **route)
{
    *route = NULL;
    line = trim_line(line);
    if (line.len == 0 || *line.at == '#')
        return NULL;
    char *why = find_control_character(line);
    if (why)
        return why;

    struct line_route *owner = mem_new(sizeof(*owner));
    size_t room = ROUTE_SCAN_ROOM(line.len);
    owner->arena = mem_new(room);
    owner->route = (struct route){.host = "", .ssl = -1, .path_beg = "", .prefix = ""};
    struct scan scan = {line, owner->arena};
    why = read_route(&scan, &owner->route);
    CHECK(scan.out <= owner->arena + room);
    if (why) {
        route_free(&owner->route);
        return why;
    }
    if (dir)
        resolve_key(owner, dir);
    *route = &owner->route;
    return NULL;
}

void route_free(struct route *route)
{
    if (!route)
        return;
    struct line_route *owner = container_of(route, struct line_route, route);
    for (size_t i = 0; i < route->target_count; i++)
        free(route->targets[i].subs);
    free(route->targets);
    free(route->headers);
    free(owner->arena);
    free(owner->sig_key);
    free(owner);
}
