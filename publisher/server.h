/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One server that is published to: how far it is in the outbox, and the POST
 * under way, or what a carrier has instead of one.
 *
 *     outbox   4  5  6  7  8  9
 *              <-- taken  ▲        next: the first it has not taken
 *                         [7 8 9]  count: what one POST carries, in order
 *
 * Requests follow one another, since what is published in order has to arrive
 * in order; while one is under way, items gather for the next. A server that
 * refuses a POST of several items is asked with half of them, so that all
 * before the one at fault are published and that one is named. A server that
 * refuses an item, or is not heard of in time, is out for good: what follows
 * would arrive without what went before.
 *
 *     idle ──► asking ──► idle          taken
 *       ▲         ├─────► resting ──►   try again, when it is due
 *       └─────────┴─────► out           with a sentence that says why
 *
 * Thread: its sender's.
 * Life:   the sender's; owns its URL, credential and POST, or its carrier.
 */
#ifndef PUBLISHER_SERVER_H
#define PUBLISHER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"
#include "publisher/carrier.h"
#include "publisher/credential.h"
#include "publisher/gripurl.h"
#include "publisher/outbox.h"
#include "publisher/post.h"
#include "publisher/retry.h"

enum server_state { SERVER_IDLE, SERVER_ASKING, SERVER_RESTING, SERVER_OUT };

/* Why a server is out. */
enum server_end { SERVER_FINE, SERVER_REFUSED, SERVER_SILENT };

/* What all servers of a sender go by. */
struct server_rules {
    struct retry_rules retry;
    size_t batch_items; /* at most so many in one POST */
};

struct server {
    const struct server_rules *rules;
    const struct outbox *outbox;
    struct gripurl *url; /* this and the next two are NULL where there is a carrier */
    struct credential *credential;
    struct post *post;
    struct carrier *carrier; /* NULL for HTTP */
    const char *shown;       /* for people; the URL's or the carrier's */
    struct buf body;
    struct retry retry;
    enum server_state state;
    enum server_end end;
    uint64_t next;     /* number of the first item not taken */
    size_t count;      /* items under way, or to be sent again */
    size_t count_most; /* of one POST; less after a refusal */
    uint64_t asked_ms; /* when the POST under way began */
    uint64_t until_ms; /* when it is late */
    struct post_result last;
    char *why;    /* owned: a sentence once it is out */
    bool is_told; /* the owner has passed it on */
};

/* Takes: `url` and `credential`. Borrows: `rules` and `outbox`, which outlive it. */
MUST_USE struct server *server_new(struct gripurl **url, struct credential **credential,
                                   struct post *post, const struct server_rules *rules,
                                   const struct outbox *outbox);

/* The same for a server that a carrier reaches. Takes: `carrier`. */
MUST_USE struct server *server_new_carried(struct carrier **carrier,
                                           const struct server_rules *rules,
                                           const struct outbox *outbox);

void server_free(struct server *server);

/* Begins a POST where there is something to send and it is due. */
void server_turn(struct server *server, uint64_t now_ms, int64_t now_s);

/* Has the carrier go on, where there is one with something under way.
 * Returns: whether that is over. */
bool server_go_on(struct server *server, uint64_t now_ms);

/* Notes what became of the POST under way. */
void server_hear(struct server *server, const struct post_result *result, uint64_t now_ms);

/* Returns: when server_turn() has something to do next; UINT64_MAX while it waits for others. */
uint64_t server_due_ms(const struct server *server);

#endif
