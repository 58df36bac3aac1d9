/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_request.h"

#include <stdlib.h>

#include "common/http.h"
#include "common/mem.h"

/* Lines libcurl would add by itself; without a value they tell it not to. They stand first, so
 * that libcurl also overlooks an Expect of the client's and sends the body at once. */
static const char *const unwanted[] = {"Accept:", "Content-Type:", "Expect:"};

static bool is_target(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || c == 0x7f)
            return false;
    }
    return text.len > 0 && text.at[0] == '/';
}

const char *request_check(const struct ask *ask)
{
    if (!header_name_is_sound(ask->method) || span_equal(ask->method, SPAN("CONNECT")))
        return "the request method can't be passed to an origin";
    if (!is_target(ask->path))
        return "the request target holds a character that can't be passed to an origin";
    for (size_t i = 0; i < ask->header_count; i++)
        if (!header_name_is_sound(ask->headers[i].name) ||
            !header_value_is_sound(ask->headers[i].value))
            return "a request header holds a character that can't be passed to an origin";
    return NULL;
}

static bool is_framing(struct span name)
{
    return span_equal_nocase(name, SPAN("Content-Length")) ||
           span_equal_nocase(name, SPAN("Transfer-Encoding"));
}

static size_t memory_needed(const struct ask *ask)
{
    size_t bytes = ask->method.len + 1 + ask->path.len + 1;
    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++)
        bytes += sizeof(struct curl_slist) + strlen(unwanted[i]) + 1;
    for (size_t i = 0; i < ask->header_count; i++)
        bytes += sizeof(struct curl_slist) + ask->headers[i].name.len + ask->headers[i].value.len +
                 sizeof(": ");
    return bytes;
}

/* Copies `text` to `*to`, which moves behind it. */
static void put(char **to, struct span text)
{
    if (text.len)
        memcpy(*to, text.at, text.len);
    *to += text.len;
}

/* As put(), with a NUL behind it.
 * Returns: the copy. */
static char *put_whole(char **to, struct span text)
{
    char *copy = *to;
    put(to, text);
    *(*to)++ = '\0';
    return copy;
}

static char *put_header(char **to, const struct header *header)
{
    char *line = *to;
    struct span value = span_trim(header->value);
    put(to, header->name);
    put(to, value.len ? SPAN(": ") : SPAN(";"));
    (void)put_whole(to, value);
    return line;
}

const char *request_init(struct request *request, const struct ask *ask)
{
    const char *fault = request_check(ask);
    if (fault)
        return fault;
    size_t most_lines = ARRAY_LEN(unwanted) + ask->header_count;
    struct curl_slist *lines = mem_new(memory_needed(ask));
    char *to = (char *)(lines + most_lines);

    size_t count = 0;
    struct curl_slist *host = NULL;
    for (size_t i = 0; i < ARRAY_LEN(unwanted); i++)
        lines[count++].data = put_whole(&to, span_of(unwanted[i]));
    for (size_t i = 0; i < ask->header_count; i++) {
        if (is_framing(ask->headers[i].name))
            continue;
        if (span_equal_nocase(ask->headers[i].name, SPAN("Host")))
            host = &lines[count];
        lines[count++].data = put_header(&to, &ask->headers[i]);
    }
    for (size_t i = 0; i + 1 < count; i++)
        lines[i].next = &lines[i + 1];

    *request = (struct request){
        .memory = (char *)lines,
        .lines = lines,
        .host = host,
        .host_told = host ? host->data : NULL,
        .method = put_whole(&to, ask->method),
        .path = put_whole(&to, ask->path),
        .body = ask->body,
        .is_safe = ask->is_safe,
    };
    return NULL;
}

void request_set_host(struct request *request, const char *host)
{
    if (!request->host)
        return;
    free(request->host_override);
    request->host_override = host ? mem_printf("Host: %s", host) : NULL;
    request->host->data = host ? request->host_override : request->host_told;
}

void request_done(struct request *request)
{
    free(request->host_override);
    free(request->memory);
    *request = (struct request){0};
}
