/* SPDX-License-Identifier: Apache-2.0 */
#include "common/rawhead.h"

#include "common/http.h"

struct reader {
    struct rawhead *head;
    const struct limits *limits;
    const char *why; /* the first fault */
    bool is_http10;
    unsigned hosts, lengths, codings;
    uint64_t lines;
};

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool all_of(struct span text, bool (*is_one)(char c))
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_one(text.at[i]))
            return false;
    return text.len > 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Methods are case-sensitive and every registered one is upper-case. */
static bool is_method_char(char c)
{
    return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '_';
}

/* Bytes beyond ASCII pass: clients send UTF-8 paths as they are. */
static bool is_target_char(char c)
{
    return (unsigned char)c > ' ' && c != 0x7f;
}

bool method_is_valid(struct span method)
{
    return all_of(method, is_method_char) && method.at[0] >= 'A';
}

bool target_is_valid(struct span target)
{
    return all_of(target, is_target_char);
}

static bool is_host_char(char c)
{
    return is_alnum(c) || (c != '\0' && strchr("-._~%!$&'()*+,;=", c) != NULL);
}

static bool is_v6_char(char c)
{
    return is_alnum(c) || c == ':' || c == '.';
}

bool host_is_valid(struct span host)
{
    struct span name, port = {NULL, 0};
    bool (*is_name_char)(char c) = is_host_char;
    if (host.len && host.at[0] == '[') {
        struct span rest = span_skip(host, 1);
        name = span_cut(&rest, ']');
        if (name.at + name.len == host.at + host.len)
            return false; /* never closed */
        is_name_char = is_v6_char;
        port = rest;
        if (port.len && port.at[0] != ':')
            return false;
        port = port.len ? span_skip(port, 1) : (struct span){NULL, 0};
    } else {
        port = host;
        name = span_cut(&port, ':');
    }
    return all_of(name, is_name_char) &&
           (port.len == 0 || (all_of(port, is_digit) && port.len < 6));
}

static enum reason fault(struct reader *reader, enum reason reason, const char *why)
{
    reader->why = why;
    return reason;
}

static enum reason read_request_line(struct reader *reader, struct span line)
{
    struct span method = span_cut(&line, ' ');
    struct span target = span_cut(&line, ' ');
    if (!method_is_valid(method))
        return fault(reader, REASON_BAD_REQUEST, "the method is not a word of capital letters");
    if (!target_is_valid(target))
        return fault(reader, REASON_BAD_REQUEST, "the request target holds spaces or controls");
    if (target.at[0] != '/' && !span_equal(target, SPAN("*")) &&
        !span_starts_nocase(target, SPAN("http://")) &&
        !span_starts_nocase(target, SPAN("https://")))
        return fault(reader, REASON_BAD_REQUEST, "the request target is neither a path nor a URL");
    if (target.len > reader->limits->request_target_bytes)
        return fault(reader, REASON_TARGET_TOO_LONG,
                     "the request target is longer than request_target_bytes");
    reader->head->text_len = method.len + target.len;
    reader->is_http10 = span_equal(line, SPAN("HTTP/1.0"));
    if (!reader->is_http10 && !span_equal(line, SPAN("HTTP/1.1")))
        return fault(reader, REASON_BAD_REQUEST, "the version is neither HTTP/1.0 nor HTTP/1.1");
    return REASON_NONE;
}

/* At most 18 digits: what is longer overflows somewhere. */
static enum reason read_length(struct reader *reader, struct span value)
{
    if (!all_of(value, is_digit) || value.len > 18)
        return fault(reader, REASON_BAD_REQUEST, "Content-Length is not a plain number");
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++)
        len = len * 10 + (size_t)(value.at[i] - '0');
    reader->head->body_len = len;
    return ++reader->lengths == 1
               ? REASON_NONE
               : fault(reader, REASON_BAD_REQUEST, "Content-Length is there twice");
}

static enum reason read_coding(struct reader *reader, struct span value)
{
    if (!span_equal_nocase(value, SPAN("chunked")))
        return fault(reader, REASON_BAD_REQUEST, "the only Transfer-Encoding known is chunked");
    reader->head->is_chunked = true;
    return ++reader->codings == 1
               ? REASON_NONE
               : fault(reader, REASON_BAD_REQUEST, "Transfer-Encoding is there twice");
}

static enum reason read_host(struct reader *reader, struct span value)
{
    if (!host_is_valid(value))
        return fault(reader, REASON_BAD_REQUEST, "Host is not a host name with an optional port");
    return ++reader->hosts == 1 ? REASON_NONE
                                : fault(reader, REASON_BAD_REQUEST, "Host is there twice");
}

static enum reason read_header(struct reader *reader, struct span line)
{
    if (++reader->lines > reader->limits->request_headers)
        return fault(reader, REASON_HEAD_TOO_LARGE,
                     "the request has more header lines than request_headers");
    struct span name = span_cut(&line, ':');
    if (!header_name_is_sound(name) || name.at + name.len == line.at)
        return fault(reader, REASON_BAD_REQUEST,
                     "a header line is folded, or its name is no token before a colon");
    struct span value = span_trim(line);
    if (!header_value_is_sound(value))
        return fault(reader, REASON_BAD_REQUEST, "a header value holds control characters");
    reader->head->text_len += name.len + value.len;
    if (span_equal_nocase(name, SPAN("content-length")))
        return read_length(reader, value);
    if (span_equal_nocase(name, SPAN("transfer-encoding")))
        return read_coding(reader, value);
    if (span_equal_nocase(name, SPAN("host")))
        return read_host(reader, value);
    return REASON_NONE;
}

/* What only the whole head can tell. */
static enum reason judge(struct reader *reader)
{
    if (reader->lengths && reader->codings)
        return fault(reader, REASON_BAD_REQUEST,
                     "Content-Length and Transfer-Encoding exclude each other");
    if (reader->codings && reader->is_http10)
        return fault(reader, REASON_BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding");
    if (!reader->hosts && !reader->is_http10)
        return fault(reader, REASON_BAD_REQUEST, "an HTTP/1.1 request needs a Host header");
    return REASON_NONE;
}

/* Cuts the next line at its CRLF; at == NULL where a line feed stands alone, or none is left. */
static struct span next_line(struct span *rest)
{
    const char *end = memchr(rest->at, '\n', rest->len);
    struct span line = span_cut(rest, '\n');
    if (!end || !line.len || line.at[line.len - 1] != '\r')
        return (struct span){NULL, 0};
    line.len--;
    return line;
}

static enum reason read_lines(struct reader *reader, struct span input)
{
    struct span rest = input;
    bool is_first = true;
    while (rest.len) {
        struct span line = next_line(&rest);
        if (!line.at)
            return fault(reader, REASON_BAD_REQUEST, "a line does not end in CR LF");
        reader->head->head_len = (size_t)(rest.at - input.at);
        if (reader->head->head_len > reader->limits->request_head_bytes)
            break;
        /* One empty line before a request is tolerated (RFC 9112, 2.2). */
        if (line.len == 0 && is_first && line.at == input.at)
            continue;
        if (line.len == 0)
            return judge(reader);
        enum reason reason = is_first ? read_request_line(reader, line) : read_header(reader, line);
        if (reason != REASON_NONE)
            return reason;
        is_first = false;
    }
    return fault(reader, REASON_HEAD_TOO_LARGE,
                 "the request head is larger than request_head_bytes");
}

enum reason rawhead_check(struct rawhead *head, struct span input, const struct limits *limits,
                          const char **why)
{
    *head = (struct rawhead){0};
    struct reader reader = {.head = head, .limits = limits};
    enum reason reason = read_lines(&reader, input);
    *why = reader.why;
    return reason;
}
