/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_upgrade.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/http.h"
#include "common/mem.h"
#include "common/wskey.h"
#include "frontend/answer_body.h"
#include "frontend/answer_head.h"

struct upgrade {
    const struct limits *limits; /* borrowed */
    char *path;                  /* owned */
    char *host;                  /* owned: what the ask says, or NULL */
    struct buf lines;            /* the headers of the ask, each ended by CR LF */
    char key[WSKEY_LEN + 1];
    struct answer_head head;
    struct buf line; /* of the head, still without its end */
    struct answer answer;
    struct answer_body body;
    struct buf collected; /* of the body */
    const char *fault;
};

/* What we write ourselves, or what concerns the client's connection only. */
static bool is_left_out(struct span name)
{
    return header_is_hop_by_hop(name) || span_equal_nocase(name, SPAN("Sec-WebSocket-Key")) ||
           span_equal_nocase(name, SPAN("Sec-WebSocket-Version")) ||
           span_equal_nocase(name, SPAN("Sec-WebSocket-Accept"));
}

static void copy_header(struct upgrade *upgrade, const struct header *header)
{
    if (is_left_out(header->name))
        return;
    if (span_equal_nocase(header->name, SPAN("Host"))) {
        free(upgrade->host);
        upgrade->host = mem_copy(header->value.at, header->value.len);
        return;
    }
    buf_append(&upgrade->lines, header->name);
    buf_append(&upgrade->lines, SPAN(": "));
    buf_append(&upgrade->lines, span_trim(header->value));
    buf_append(&upgrade->lines, SPAN("\r\n"));
}

struct upgrade *upgrade_new(const struct ask *ask, const struct limits *limits)
{
    struct upgrade *upgrade = mem_new(sizeof(*upgrade));
    upgrade->limits = limits;
    upgrade->path = mem_copy(ask->path.at, ask->path.len);
    for (size_t i = 0; i < ask->header_count; i++)
        copy_header(upgrade, &ask->headers[i]);
    wskey_draw(upgrade->key);
    answer_head_init(&upgrade->head, limits);
    upgrade->head.may_switch = true;
    return upgrade;
}

void upgrade_free(struct upgrade *upgrade)
{
    if (!upgrade)
        return;
    answer_head_done(&upgrade->head);
    buf_done(&upgrade->line);
    buf_done(&upgrade->collected);
    buf_done(&upgrade->lines);
    free(upgrade->host);
    free(upgrade->path);
    free(upgrade);
}

void upgrade_write(const struct upgrade *upgrade, const struct target *target, struct sendq *out)
{
    const char *host = target->host_header ? target->host_header : upgrade->host;
    struct buf first = {0};
    buf_printf(&first,
               "GET %s HTTP/1.1\r\n"
               "Host: %s\r\n"
               "Upgrade: websocket\r\n"
               "Connection: Upgrade\r\n"
               "Sec-WebSocket-Key: %s\r\n"
               "Sec-WebSocket-Version: 13\r\n",
               upgrade->path, host ? host : target->host, upgrade->key);
    sendq_append(out, buf_span(&first));
    sendq_append(out, buf_span(&upgrade->lines));
    sendq_append(out, SPAN("\r\n"));
    buf_done(&first);
}

/* Returns: the value of the only header `name`; at == NULL where there is none, or two. */
static struct span only_header(const struct answer *answer, struct span name)
{
    struct span value = {NULL, 0};
    for (size_t i = 0; i < answer->header_count; i++) {
        if (!span_equal_nocase(answer->headers[i].name, name))
            continue;
        if (value.at)
            return (struct span){NULL, 0};
        value = answer->headers[i].value;
    }
    return value;
}

static bool says_upgrade(const struct answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (span_equal_nocase(answer->headers[i].name, SPAN("Connection")) &&
            list_names(answer->headers[i].value, SPAN("upgrade")))
            return true;
    return false;
}

static const char *check_switch(const struct upgrade *upgrade)
{
    char accept[WSKEY_ACCEPT_LEN + 1];
    wskey_accept(accept, span_of(upgrade->key));
    const struct answer *answer = &upgrade->answer;
    struct span upgraded = only_header(answer, SPAN("Upgrade"));
    struct span accepted = only_header(answer, SPAN("Sec-WebSocket-Accept"));
    if (!upgraded.at || !span_equal_nocase(upgraded, SPAN("websocket")))
        return "the origin switched to another protocol than WebSocket";
    if (!says_upgrade(answer))
        return "the origin switched protocols without Connection: Upgrade";
    if (!accepted.at || !span_equal(accepted, span_of(accept)))
        return "the Sec-WebSocket-Accept of the origin does not follow from the key";
    return NULL;
}

/* Moves `*rest` behind the end of the line, or to its own end.
 * Returns: the line, at == NULL where its end has not come yet. */
static struct span next_line(struct upgrade *upgrade, struct span *rest)
{
    const char *end = memchr(rest->at, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->at) + 1 : rest->len;
    struct span line = span(rest->at, len);
    *rest = span_skip(*rest, len);
    if (end && !upgrade->line.len)
        return line;
    buf_append(&upgrade->line, line);
    return end ? buf_span(&upgrade->line) : (struct span){NULL, 0};
}

static enum upgrade_result fail(struct upgrade *upgrade, const char *fault)
{
    upgrade->fault = fault;
    return UPGRADE_BAD;
}

static enum upgrade_result end_head(struct upgrade *upgrade)
{
    answer_head_answer(&upgrade->head, &upgrade->answer);
    if (upgrade->answer.status == 101) {
        const char *fault = check_switch(upgrade);
        return fault ? fail(upgrade, fault) : UPGRADE_OPEN;
    }
    answer_body_init(&upgrade->body, &upgrade->answer);
    return UPGRADE_MORE;
}

static enum upgrade_result read_head(struct upgrade *upgrade, struct span *rest)
{
    while (rest->len && !upgrade_has_head(upgrade)) {
        struct span line = next_line(upgrade, rest);
        if (upgrade->line.len > upgrade->limits->answer_head_bytes)
            return fail(upgrade, "the head of the answer is larger than answer_head_bytes");
        if (!line.at)
            break;
        enum answer_head_result result = answer_head_line(&upgrade->head, line);
        buf_clear(&upgrade->line);
        if (result == ANSWER_HEAD_BAD)
            return fail(upgrade, upgrade->head.fault);
        if (result == ANSWER_HEAD_WHOLE)
            return end_head(upgrade);
    }
    return UPGRADE_MORE;
}

static enum upgrade_result refused(struct upgrade *upgrade)
{
    upgrade->answer.body = buf_span(&upgrade->collected);
    return UPGRADE_REFUSED;
}

static enum upgrade_result read_body(struct upgrade *upgrade, struct span *rest)
{
    enum answer_body_result result;
    do {
        struct span piece;
        result = answer_body_read(&upgrade->body, rest, &piece);
        size_t room = upgrade->limits->refusal_bytes - upgrade->collected.len;
        buf_append(&upgrade->collected, span(piece.at, piece.len < room ? piece.len : room));
        if (upgrade->collected.len == upgrade->limits->refusal_bytes)
            return refused(upgrade); /* the rest is cut */
    } while (result == ANSWER_BODY_MORE && rest->len);
    if (result == ANSWER_BODY_BAD)
        return fail(upgrade, upgrade->body.fault);
    return result == ANSWER_BODY_WHOLE ? refused(upgrade) : UPGRADE_MORE;
}

enum upgrade_result upgrade_read(struct upgrade *upgrade, struct span *rest)
{
    if (!upgrade_has_head(upgrade)) {
        enum upgrade_result result = read_head(upgrade, rest);
        if (result != UPGRADE_MORE || !upgrade_has_head(upgrade))
            return result;
    }
    return read_body(upgrade, rest);
}

bool upgrade_end(struct upgrade *upgrade)
{
    if (!upgrade_has_head(upgrade) || !answer_body_may_end(&upgrade->body))
        return false;
    (void)refused(upgrade);
    return true;
}

bool upgrade_has_head(const struct upgrade *upgrade)
{
    return answer_head_is_whole(&upgrade->head);
}

const struct answer *upgrade_answer(const struct upgrade *upgrade)
{
    return &upgrade->answer;
}

const char *upgrade_fault(const struct upgrade *upgrade)
{
    return upgrade->fault;
}
