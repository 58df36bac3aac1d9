/* SPDX-License-Identifier: Apache-2.0 */
#include "common/route_parameter.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>

#include "common/http.h"
#include "common/mem.h"

enum takes {
    TAKES_NOTHING, /* sets a bool */
    TAKES_TEXT,
    TAKES_PATH,
    TAKES_HOST,
    TAKES_MORE, /* is read by a function */
    TAKES_MANY, /* the same, and may stand several times */
    REFUSED,
};

typedef const char *read_fn(struct section *section, const char *value);

struct parameter {
    const char *name;
    enum takes takes;
    size_t offset; /* of the field, in struct route or struct target */
    read_fn *read;
    const char *why; /* it is refused */
};

/* Whether all of `text` are letters, digits, or among `others`; not for empty texts. */
static bool consists_of(const char *text, const char *others)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr(others, text[i]))
            return false;
    }
    return len > 0;
}

/* What may stand in the path of a request line. */
static bool is_path(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at <= ' ' || *at > '~' || *at == '?' || *at == '#')
            return false;
    }
    return *text == '/';
}

static bool is_v6(const char *text, size_t len)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr v6;

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(AF_INET6, copy, &v6) == 1;
}

static void lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static bool read_number(const char *text, unsigned long most, unsigned long *value)
{
    size_t len = strlen(text);

    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return false;
    *value = strtoul(text, NULL, 10);
    return *value <= most;
}

/* The condition. */

static const char *read_condition(struct section *section, char *value)
{
    size_t len = strlen(value);

    section->route->host = value;
    if (len == 0 || strcmp(value, "*") == 0)
        return NULL;
    lower(value);
    if (value[0] == '[' && value[len - 1] == ']' && is_v6(value + 1, len - 2))
        return NULL;
    if (strchr(value, ':'))
        return "the condition is a host without a port: a route is for every port";
    if (strchr(value, '*'))
        return "the condition is a whole host name, or \"*\" alone for every other host";
    if (!consists_of(value, ".-_"))
        return "the condition is not a host name";
    return NULL;
}

static const char *read_proto(struct section *section, const char *value)
{
    if (strcmp(value, "http") != 0 && strcmp(value, "ws") != 0)
        return "it is \"http\" or \"ws\"";
    section->route->proto = *value == 'w' ? ROUTE_WS : ROUTE_HTTP;
    return NULL;
}

static const char *read_client_ssl(struct section *section, const char *value)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return "it is \"yes\" or \"no\"";
    section->route->ssl = *value == 'y';
    return NULL;
}

static const char *read_path_rem(struct section *section, const char *value)
{
    unsigned long count;

    if (!read_number(value, 65536, &count))
        return "it is a number of bytes from 0 to 65536";
    section->route->path_rem = count;
    return NULL;
}

static const char *read_header(struct section *section, const char *value)
{
    /* These belong to the hop or have a parameter of their own. */
    static const char *const not_ours[] = {"Connection", "Content-Length", "Grip-Sig",
                                           "Host",       "Upgrade",        "Transfer-Encoding"};
    struct route *route = section->route;
    struct header header = {.value = span_of(value)};

    if (!strchr(value, ':'))
        return "it is NAME:VALUE, or NAME: to delete the header";
    header.name = span_trim(span_cut(&header.value, ':'));
    header.value = span_trim(header.value);
    if (!header_name_is_sound(header.name))
        return "the part before the colon is not a header name";
    if (!header_value_is_sound(header.value))
        return "the part behind the colon holds a byte that a header cannot carry";
    for (size_t i = 0; i < ARRAY_LEN(not_ours); i++) {
        if (span_equal_nocase(header.name, span_of(not_ours[i])))
            return "this header is holdfast's own to set (for Host: host= or as_host=)";
    }
    route->headers = mem_grow(route->headers, route->header_count + 1, sizeof(header));
    route->headers[route->header_count++] = header;
    return NULL;
}

/* Targets. */

/* Cuts "host:port" and "[v6]:port" in place; a missing port stays 0. */
static const char *read_host_port(struct target *target, char *value)
{
    char *port = NULL;
    unsigned long number = 0;

    if (*value == '[') {
        char *end = strchr(value, ']');
        if (!end || !is_v6(value + 1, (size_t)(end - value - 1)) || (end[1] && end[1] != ':'))
            return "what stands in brackets is not an IPv6 address, or no port follows";
        port = end[1] ? end + 2 : NULL;
        *end = '\0';
        target->host = value + 1;
    } else {
        char *colon = strchr(value, ':');
        port = colon ? colon + 1 : NULL;
        if (port && strchr(port, ':'))
            return "an IPv6 address needs brackets: [::1]:8080";
        if (colon)
            *colon = '\0';
        target->host = value;
        if (!consists_of(value, ".-_"))
            return "a target is HOST:PORT, and this is not a host name or address";
    }
    if (port && (!read_number(port, 65535, &number) || number == 0))
        return "the port is not a number from 1 to 65535";
    target->port = (uint16_t)number;
    return NULL;
}

static const char *read_target(struct section *section, char *value)
{
    struct target *target = section->target;

    if (strcmp(value, "test") == 0 || strcmp(value, "demo") == 0) {
        target->kind = TARGET_DEMO;
        target->host = "demo";
        return NULL;
    }
    if (*value == '\0')
        return "a target needs HOST:PORT before its parameters";
    if (strncmp(value, "zhttp/", 6) == 0 || strncmp(value, "zhttpreq/", 9) == 0)
        return "ZeroMQ targets (zhttp, zhttpreq) are not offered; use HOST:PORT";
    if (strstr(value, "://"))
        return "a target is HOST:PORT without a scheme; add \",ssl\" for https";
    if (strchr(value, '/'))
        return "a target is HOST:PORT without a path; replace_beg= in the condition adds one";
    return read_host_port(target, value);
}

static const char *read_sub(struct section *section, const char *value)
{
    struct target *target = section->target;

    if (!*value)
        return "it needs the name of a channel";
    target->subs = mem_grow(target->subs, target->sub_count + 1, sizeof(*target->subs));
    target->subs[target->sub_count++] = value;
    return NULL;
}

#define ROUTE_FIELD(name) .offset = offsetof(struct route, name)
#define TARGET_FIELD(name) .offset = offsetof(struct target, name)

static const char one_certificate[] =
    "a certificate for one target is not offered by holdfast; --origin-certificate is for all";
static const char no_jsonp[] = "JSON-P is not offered by holdfast";
static const char no_sockjs[] = "SockJS is not offered by holdfast; use WebSockets or SSE";

static const struct parameter condition_parameters[] = {
    {"proto", TAKES_MORE, .read = read_proto},
    {"ssl", TAKES_MORE, .read = read_client_ssl},
    {"id", TAKES_TEXT, ROUTE_FIELD(id)},
    {"path_beg", TAKES_PATH, ROUTE_FIELD(path_beg)},
    {"sig_iss", TAKES_TEXT, ROUTE_FIELD(sig_iss)},
    {"sig_key", TAKES_TEXT, ROUTE_FIELD(sig_key)},
    {"prefix", TAKES_TEXT, ROUTE_FIELD(prefix)},
    {"as_host", TAKES_HOST, ROUTE_FIELD(as_host)},
    {"path_rem", TAKES_MORE, .read = read_path_rem},
    {"replace_beg", TAKES_PATH, ROUTE_FIELD(replace_beg)},
    {"debug", TAKES_NOTHING, ROUTE_FIELD(debug)},
    {"aco", TAKES_NOTHING, ROUTE_FIELD(aco)},
    {"no_grip", TAKES_NOTHING, ROUTE_FIELD(no_grip)},
    {"header", TAKES_MANY, .read = read_header},
    {"orig_headers", REFUSED, .why = "original headers are not passed on by holdfast"},
    {"log_level", REFUSED, .why = "holdfast has one log level for all routes (--log-level)"},
    {"session", REFUSED, .why = "the session service is not offered by holdfast"},
    {"sockjs", REFUSED, .why = no_sockjs},
    {"sockjs_as_path", REFUSED, .why = no_sockjs},
    {"jsonp_mode", REFUSED, .why = no_jsonp},
    {"jsonp_cb", REFUSED, .why = no_jsonp},
    {"jsonp_body", REFUSED, .why = no_jsonp},
    {"jsonp_defcb", REFUSED, .why = no_jsonp},
    {"jsonp_defmethod", REFUSED, .why = no_jsonp},
};

static const struct parameter target_parameters[] = {
    {"ssl", TAKES_NOTHING, TARGET_FIELD(ssl)},
    {"insecure", TAKES_NOTHING, TARGET_FIELD(insecure)},
    {"host", TAKES_HOST, TARGET_FIELD(host_header)},
    {"trust_connect_host", TAKES_NOTHING, TARGET_FIELD(trust_connect_host)},
    {"over_http", TAKES_NOTHING, TARGET_FIELD(over_http)},
    {"one_event", TAKES_NOTHING, TARGET_FIELD(one_event)},
    {"auto_pong", TAKES_NOTHING, TARGET_FIELD(auto_pong)},
    {"sub", TAKES_MANY, .read = read_sub},
    {"untrusted", REFUSED,
     .why = "holdfast cannot restrict where an origin may be; filter its "
            "outgoing connections instead"},
    {"ipc_file_mode", REFUSED, .why = "ZeroMQ targets are not offered by holdfast"},
    {"client_cert", REFUSED, .why = one_certificate},
    {"client_key", REFUSED, .why = one_certificate},
};

static const char *apply(struct section *section, const struct parameter *parameter, char *value)
{
    char *base = section->target ? (char *)section->target : (char *)section->route;
    void *field = base + parameter->offset;

    if (parameter->takes == REFUSED)
        return parameter->why;
    if (parameter->takes == TAKES_NOTHING) {
        *(bool *)field = true;
        return value ? "it takes no value" : NULL;
    }
    if (!value)
        return "it needs a value";
    if (parameter->read)
        return parameter->read(section, value);
    if (!*value)
        return "its value is empty";
    if (parameter->takes == TAKES_PATH && !is_path(value))
        return "it is a percent-encoded path that starts with '/'";
    if (parameter->takes == TAKES_HOST && !consists_of(value, ".-_:[]"))
        return "it is a host, with a port or without";
    *(const char **)field = value;
    return NULL;
}

char *section_value(struct section *section, char *value)
{
    /* The original is cut up while it is read. */
    char *copy = mem_copy(value, strlen(value));
    const char *why =
        section->target ? read_target(section, value) : read_condition(section, value);
    char *sentence = why ? mem_printf("%s: %s", copy, why) : NULL;

    free(copy);
    return sentence;
}

struct table {
    const struct parameter *rows;
    size_t count;
    const char *of;
};

static const struct table condition_table = {condition_parameters, ARRAY_LEN(condition_parameters),
                                             "condition"};
static const struct table target_table = {target_parameters, ARRAY_LEN(target_parameters),
                                          "target"};

/* Returns: the index of a parameter, `table->count` where there is none. */
static size_t find(const struct table *table, const char *name)
{
    size_t i = 0;

    while (i < table->count && strcmp(table->rows[i].name, name) != 0)
        i++;
    return i;
}

static char *unknown_parameter(const struct table *table, const char *name)
{
    const struct table *other = table == &target_table ? &condition_table : &target_table;

    if (find(other, name) < other->count)
        return mem_printf("%s: it belongs to the %s, not to the %s", name, other->of, table->of);
    return mem_printf("a %s has no parameter \"%s\"", table->of, name);
}

char *section_parameter(struct section *section, const struct element *element)
{
    const struct table *table = section->target ? &target_table : &condition_table;
    size_t i = find(table, element->name);

    if (i == table->count)
        return unknown_parameter(table, element->name);
    if (section->seen & 1U << i && table->rows[i].takes != TAKES_MANY)
        return mem_printf("%s: it stands here a second time", element->name);
    section->seen |= 1U << i;
    const char *why = apply(section, &table->rows[i], element->value);
    return why ? mem_printf("%s: %s", element->name, why) : NULL;
}
