/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipes to the origin of origin_world.h, and what their owners saw.
 *
 *     struct owner owner = {0};
 *     open_pipe(world, &owner);                    ask for a WebSocket
 *     int peer = accept_upgrade(world, &owner);    the origin agrees: owner.pipe is open
 */
#ifndef TESTS_UNIT_PIPE_WORLD_H
#define TESTS_UNIT_PIPE_WORLD_H

#include "tests/unit/origin_world.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "frontend/origin_pipe.h"

struct owner {
    struct origin_pipe *pipe;
    unsigned heads, pieces, drains, ends; /* how often each was called */
    unsigned status;
    char headers[4096]; /* "Name: value\n" each */
    struct buf refusal; /* the body of a refusal */
    struct buf bytes;
    enum reason reason;
    char detail[512];
    bool pauses;            /* in on_head, and after each piece */
    struct owner *to_close; /* by the next callback of this one, and only once */
};

static inline void close_other(struct owner *owner)
{
    if (!owner->to_close)
        return;
    origin_pipe_close(owner->to_close->pipe);
    owner->to_close->pipe = NULL;
    owner->to_close = NULL;
}

static inline void own_head(void *context, const struct answer *answer)
{
    struct owner *owner = context;
    assert_int_equal(owner->heads + owner->pieces + owner->ends, 0);
    owner->heads++;
    owner->status = answer->status;
    buf_append(&owner->refusal, answer->body);
    for (size_t i = 0; i < answer->header_count; i++) {
        size_t at = strlen(owner->headers);
        (void)snprintf(owner->headers + at, sizeof(owner->headers) - at, "%.*s: %.*s\n",
                       LOG_SPAN(answer->headers[i].name), LOG_SPAN(answer->headers[i].value));
    }
    if (owner->pauses)
        origin_pipe_pause(owner->pipe);
    close_other(owner);
}

static inline void own_bytes(void *context, char *bytes, size_t len)
{
    struct owner *owner = context;
    assert_int_equal(owner->status, 101);
    assert_int_equal(owner->ends, 0);
    assert_in_range(len, 1, 16384);
    owner->pieces++;
    buf_append(&owner->bytes, span(bytes, len));
    memset(bytes, 0, len); /* they are the owner's to change */
    if (owner->pauses)
        origin_pipe_pause(owner->pipe);
    close_other(owner);
}

static inline void own_drained(void *context)
{
    struct owner *owner = context;
    assert_int_equal(owner->ends, 0);
    assert_int_equal(origin_pipe_queued(owner->pipe), 0);
    owner->drains++;
    close_other(owner);
}

static inline void own_end(void *context, enum reason fault, const char *detail)
{
    struct owner *owner = context;
    assert_int_equal(owner->ends, 0);
    owner->ends++;
    owner->reason = fault;
    owner->pipe = NULL;
    (void)snprintf(owner->detail, sizeof(owner->detail), "%s", detail);
    close_other(owner);
}

static const struct origin_pipe_events owning = {own_head, own_bytes, own_drained, own_end};

static inline const char *text_of(struct buf *buf)
{
    *buf_reserve(buf, 1) = '\0';
    return buf->bytes;
}

static inline void owner_done(struct owner *owner)
{
    buf_done(&owner->refusal);
    buf_done(&owner->bytes);
}

static inline struct ask ask_upgrade(struct world *world)
{
    return ask_for(world, SPAN("GET"), SPAN("/chat?x=1"));
}

static inline void open_pipe_by(struct world *world, const struct ask *ask, struct owner *owner)
{
    owner->pipe = origin_pipe_open(world->origins, ask, &owning, owner, clock_monotonic_ms());
    assert_int_equal(owner->heads + owner->pieces + owner->drains + owner->ends, 0);
}

static inline void open_pipe(struct world *world, struct owner *owner)
{
    struct ask ask = ask_upgrade(world);
    open_pipe_by(world, &ask, owner);
}

/* Returns: what Sec-WebSocket-Accept has to say to `request`, until the next call. */
static inline const char *accept_for(const char *request)
{
    static char accept[64];
    const char *key = strstr(request, "\r\nSec-WebSocket-Key: ");
    assert_non_null(key);
    char text[128];
    (void)snprintf(text, sizeof(text), "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
                   key + strlen("\r\nSec-WebSocket-Key: "));
    unsigned char digest[SHA_DIGEST_LENGTH];
    (void)SHA1((const unsigned char *)text, strlen(text), digest);
    (void)EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
    return accept;
}

/* Returns: a 101 to `request`, with `behind` it; until the next call. */
static inline const char *switching(const char *request, const char *behind)
{
    static char answer[4096];
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 101 Switching Protocols\r\n"
                   "Upgrade: WebSocket\r\n"
                   "Connection: keep-alive, Upgrade\r\n"
                   "Sec-WebSocket-Accept: %s\r\n"
                   "Sec-WebSocket-Extensions: grip\r\n"
                   "\r\n%s",
                   accept_for(request), behind);
    return answer;
}

/* Agrees to the next WebSocket that is asked for. Returns: the origin's end of it. */
static inline int accept_upgrade(struct world *world, struct owner *owner)
{
    int peer = accept_peer(world);
    say(world, peer, switching(hear(world, peer), ""));
    run_until(world, &owner->heads);
    assert_int_equal(owner->status, 101);
    return peer;
}

/* Runs until `len` bytes have come to `peer`. Returns: them, until the next call. */
static inline const char *hear_bytes(struct world *world, int peer, size_t len)
{
    buf_clear(&world->heard);
    while (world->heard.len < len) {
        run_until_ready(world, peer, POLLIN);
        ssize_t got = recv(peer, buf_reserve(&world->heard, len - world->heard.len),
                           len - world->heard.len, 0);
        assert_true(got > 0);
        world->heard.len += (size_t)got;
    }
    return world->heard.bytes;
}

static inline void run_until_bytes(struct world *world, const struct owner *owner, size_t len)
{
    while (owner->bytes.len < len)
        run_until_at_least(world, &owner->pieces, owner->pieces + 1);
}

/* Returns: `len` bytes with a pattern; caller frees. */
static inline char *pattern(size_t len)
{
    char *bytes = malloc(len);
    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i * 7 % 251);
    return bytes;
}

#endif
