/* SPDX-License-Identifier: Apache-2.0 */
#include "common/route_params.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/http.h"
#include "common/mem.h"

/* Reads one parameter; `value` is NULL where it stands without "=".
 * Returns: NULL, or what is wrong (static). */
typedef const char *param_fn(struct section *section, const char *value);

struct param {
    const char *name;
    param_fn *read;
};

/* Decoded texts are ours to change until the route is read. */
static void lower(const char *text)
{
    for (char *at = (char *)(uintptr_t)text; *at; at++)
        *at = (char)tolower((unsigned char)*at);
}

static const char *read_text(const char **field, const char *value)
{
    if (!value || !*value)
        return "it needs a value";
    *field = value;
    return NULL;
}

static const char *read_flag(bool *field, const char *value)
{
    if (value && *value)
        return "it takes no value";
    *field = true;
    return NULL;
}

/* ---- the condition ---- */

static const char *read_proto(struct section *section, const char *value)
{
    if (value && strcmp(value, "http") == 0)
        section->route->proto = ROUTE_HTTP;
    else if (value && strcmp(value, "ws") == 0)
        section->route->proto = ROUTE_WS;
    else
        return "it is http or ws";
    return NULL;
}

static const char *read_client_ssl(struct section *section, const char *value)
{
    if (value && strcmp(value, "yes") == 0)
        section->route->ssl = 1;
    else if (value && strcmp(value, "no") == 0)
        section->route->ssl = 0;
    else
        return "it is yes or no";
    return NULL;
}

static const char *read_id(struct section *section, const char *value)
{
    return read_text(&section->route->id, value);
}

static const char *read_path_beg(struct section *section, const char *value)
{
    if (!value || *value != '/')
        return "it begins with /";
    section->route->path_beg = value;
    return NULL;
}

static const char *read_sig_iss(struct section *section, const char *value)
{
    return read_text(&section->route->sig_iss, value);
}

static const char *read_sig_key(struct section *section, const char *value)
{
    return read_text(&section->route->sig_key, value);
}

static const char *read_prefix(struct section *section, const char *value)
{
    return read_text(&section->route->prefix, value);
}

static const char *read_as_host(struct section *section, const char *value)
{
    return read_text(&section->route->as_host, value);
}

static const char *read_path_rem(struct section *section, const char *value)
{
    char *end = NULL;
    unsigned long count = value ? strtoul(value, &end, 10) : 0;
    if (!value || !isdigit((unsigned char)*value) || *end || count > UINT16_MAX)
        return "it is a number of bytes";
    section->route->path_rem = count;
    return NULL;
}

static const char *read_replace_beg(struct section *section, const char *value)
{
    if (!value || *value != '/')
        return "it begins with /";
    section->route->replace_beg = value;
    return NULL;
}

static const char *read_debug(struct section *section, const char *value)
{
    return read_flag(&section->route->debug, value);
}

static const char *read_no_grip(struct section *section, const char *value)
{
    return read_flag(&section->route->no_grip, value);
}

static const char *read_aco(struct section *section, const char *value)
{
    return read_flag(&section->route->aco, value);
}

static const char *read_header(struct section *section, const char *value)
{
    struct span line = span_of(value);
    bool has_colon = memchr(line.at, ':', line.len) != NULL;
    struct span name = span_cut(&line, ':');
    struct span text = span_trim(line);
    if (!has_colon || !header_name_is_sound(name) || !header_value_is_sound(text))
        return "it is Name:value, or Name: to delete the header";
    struct route *route = section->route;
    route->headers = mem_grow(route->headers, route->header_count + 1, sizeof(*route->headers));
    route->headers[route->header_count++] = (struct header){name, text};
    return NULL;
}

static const struct param condition_params[] = {
    {"proto", read_proto},
    {"ssl", read_client_ssl},
    {"id", read_id},
    {"path_beg", read_path_beg},
    {"sig_iss", read_sig_iss},
    {"sig_key", read_sig_key},
    {"prefix", read_prefix},
    {"as_host", read_as_host},
    {"path_rem", read_path_rem},
    {"replace_beg", read_replace_beg},
    {"debug", read_debug},
    {"no_grip", read_no_grip},
    {"aco", read_aco},
    {"header", read_header},
};

const char *read_condition(struct section *section, const char *value)
{
    if (strchr(value, '*') && strcmp(value, "*") != 0)
        return "a host is written out; \"*\" alone stands for every other host";
    if (strchr(value, '/') || strchr(value, ':'))
        return "a host has neither port nor path (path_beg=/... for a path)";
    lower(value);
    section->route->host = value;
    return NULL;
}

/* ---- targets ---- */

static const char *read_ssl(struct section *section, const char *value)
{
    return read_flag(&section->target->ssl, value);
}

static const char *read_insecure(struct section *section, const char *value)
{
    return read_flag(&section->target->insecure, value);
}

static const char *read_trust(struct section *section, const char *value)
{
    return read_flag(&section->target->trust_connect_host, value);
}

static const char *read_over_http(struct section *section, const char *value)
{
    return read_flag(&section->target->over_http, value);
}

static const char *read_one_event(struct section *section, const char *value)
{
    return read_flag(&section->target->one_event, value);
}

static const char *read_auto_pong(struct section *section, const char *value)
{
    return read_flag(&section->target->auto_pong, value);
}

static const char *read_host(struct section *section, const char *value)
{
    return read_text(&section->target->host_header, value);
}

static const char *read_sub(struct section *section, const char *value)
{
    if (!value || !*value)
        return "it needs the name of a channel";
    struct target *target = section->target;
    target->subs = mem_grow(target->subs, target->sub_count + 1, sizeof(char *));
    target->subs[target->sub_count++] = value;
    return NULL;
}

static const struct param target_params[] = {
    {"ssl", read_ssl},
    {"insecure", read_insecure},
    {"trust_connect_host", read_trust},
    {"over_http", read_over_http},
    {"one_event", read_one_event},
    {"auto_pong", read_auto_pong},
    {"host", read_host},
    {"sub", read_sub},
};

/* Cuts the port off `value`, in place. Returns: NULL, or what is wrong. */
static const char *read_port(struct target *target, char *value)
{
    char *colon = strrchr(value, ':');
    if (!colon || strchr(colon, ']'))
        return NULL; /* 80 or 443, once the parameters are known */
    char *end = NULL;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (!isdigit((unsigned char)colon[1]) || *end || port == 0 || port > UINT16_MAX)
        return "the port is a number from 1 to 65535";
    target->port = (uint16_t)port;
    *colon = '\0';
    return NULL;
}

const char *read_target(struct section *section, const char *value)
{
    struct target *target = section->target;
    if (strcmp(value, "demo") == 0 || strcmp(value, "test") == 0) {
        target->kind = TARGET_DEMO;
        target->host = value;
        return NULL;
    }
    if (strncmp(value, "zhttp", 5) == 0)
        return "zhttp targets are Pushpin's own; holdfast asks origins by HTTP: HOST:PORT";
    char *text = (char *)(uintptr_t)value;
    const char *why = read_port(target, text);
    if (why)
        return why;
    size_t len = strlen(text);
    if (text[0] == '[' && text[len - 1] == ']') {
        text[len - 1] = '\0';
        text++;
        struct in6_addr address;
        if (inet_pton(AF_INET6, text, &address) != 1)
            return "what stands in brackets is no IPv6 address";
    } else if (!*text || strchr(text, ':') || strchr(text, '/') || strchr(text, '[')) {
        return "a target is HOST:PORT, [V6]:PORT or demo";
    }
    target->host = text;
    return NULL;
}

/* ---- both ---- */

/* What Pushpin has and holdfast has not. */
static bool is_pushpins_own(const char *name)
{
    static const char *const names[] = {
        "sockjs",     "sockjs_as_path", "session",     "orig_headers", "log_level",
        "jsonp_mode", "jsonp_cb",       "jsonp_body",  "jsonp_defcb",  "jsonp_defmethod",
        "untrusted",  "ipc_file_mode",  "client_cert", "client_key",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

char *read_parameter(struct section *section, const struct element *element)
{
    const struct param *params = section->target ? target_params : condition_params;
    size_t count = section->target ? ARRAY_LEN(target_params) : ARRAY_LEN(condition_params);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(params[i].name, element->name) != 0)
            continue;
        const char *why = params[i].read(section, element->value);
        return why ? mem_printf("%s: %s", element->name, why) : NULL;
    }
    if (is_pushpins_own(element->name))
        return mem_printf("%s is a parameter of Pushpin that holdfast does not have",
                          element->name);
    return mem_printf("there is no parameter \"%s\" of a %s", element->name,
                      section->target ? "target" : "condition");
}
