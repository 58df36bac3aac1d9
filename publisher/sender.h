/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishes to one server, or the same to several at once.
 *
 *     sender_put()            sender_turn()
 *        │                       │
 *        ▼                       ├──► server A ──► POST /publish/
 *      outbox  4 5 6 7 8 9 ──────┤
 *      (bounded)                 └──► server B ──► POST /publish/
 *
 *     struct sender *sender = sender_new(&rules);   (of sender_usual())
 *     if (!sender_add(sender, getenv("GRIP_URL"), &why)) ...
 *     if (!sender_put(sender, &(struct publication){.channel = SPAN("news"), ...}, &why)) ...
 *     enum sender_result result = sender_flush(sender, 10000);
 *
 * Each message gets an id where it has none, the same for every server, so
 * that a retry, or a second server behind the first, is not delivered twice. A
 * chain gives each message the one before as its prev-id besides: then it
 * arrives in order whatever way it took, and two senders with the same first
 * id that publish the same are one.
 *
 * Thread: its owner's; sender_turn() and sender_flush() wait.
 * Life:   curl_global_init() comes before the first sender.
 * Spec:   guide "Publishing"; docs/publishing.md; decision 0015.
 */
#ifndef PUBLISHER_SENDER_H
#define PUBLISHER_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "publisher/gripurl.h"
#include "publisher/post.h"
#include "publisher/publication.h"

struct sender;
struct server;

enum sender_result {
    SENDER_TAKEN,   /* every server took everything */
    SENDER_REFUSED, /* a server refused something, and would again */
    SENDER_SILENT,  /* a server could not be reached, or did not answer, in time */
    SENDER_BUSY,    /* something is still to be sent */
};

/* How a sender goes about it; begin with sender_usual(). The texts are borrowed until
 * sender_free(). */
struct sender_rules {
    uint64_t patience_ms; /* how long a request is tried; 9 s */
    uint64_t window_ms;   /* how long the servers drop an id that they saw; 10 s, 0: they do not */
    uint64_t attempt_ms;  /* the most that one try may take; 6 s */
    size_t batch_items;   /* the most messages in one request; 1000 */
    struct post_rules post;
    const char *first_id; /* messages are FIRST-1, FIRST-2, ...; NULL: a random name */
    bool is_chain;        /* each follows the one before */
    bool has_no_ids;      /* none is given; then what may have been taken is not tried again */
};

struct sender_rules sender_usual(void);

MUST_USE struct sender *sender_new(const struct sender_rules *rules);
void sender_free(struct sender *sender);

/* Adds a server, before the first message: GRIP_URL in any of its forms, or one read already.
 * sender_add_url() takes `url`.
 * Returns: false with `*why` set to a sentence that shows no secret; caller frees it. */
MUST_USE bool sender_add(struct sender *sender, const char *grip_url, char **why);
MUST_USE bool sender_add_url(struct sender *sender, struct gripurl **url, char **why);

/* Whether a server is left: one that nothing was refused or lost by. */
bool sender_has_anyone(const struct sender *sender);

/* Whether sender_put() would take a message: the outbox is not full, and a server is left. */
bool sender_has_room(const struct sender *sender);

/* Puts a message in for every server; sender_turn() sends it.
 * Returns: false, and nothing was put in, with `*why` set to a sentence; caller frees it. */
MUST_USE bool sender_put(struct sender *sender, const struct publication *message, char **why);

/* Sends what can be sent and waits, `wait_ms` at most, until something came back or `fd` (-1 for
 * none) can be read.
 * Returns: whether `fd` can be read. */
bool sender_turn(struct sender *sender, int fd, uint64_t wait_ms);

/* How it stands. What is over for one server may still be under way for another; a result other
 * than SENDER_BUSY is the last. */
enum sender_result sender_state(const struct sender *sender);

/* Turns until all is sent or nothing more can be.
 * Returns: as sender_state(); SENDER_BUSY where `wait_ms` were not enough. */
enum sender_result sender_flush(struct sender *sender, uint64_t wait_ms);

/* How many messages every server that is left has taken. */
uint64_t sender_taken(const struct sender *sender);

/* Calls `on_end` once for each server that is out, with the sentence that says why. */
typedef void sender_end_fn(void *context, const char *why);
void sender_tell_ends(struct sender *sender, sender_end_fn *on_end, void *context);

#endif
