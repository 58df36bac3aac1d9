/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one HTTP/2 connection asks for, counted before h2o does it.
 *
 * A frame costs its sender almost nothing, and h2o 2.2.5 answers each and
 * counts none (CVE-2023-44487 and its kin). So frames are counted as they
 * arrive, most by the second; whoever is past a limit is a flood:
 *
 *     requests, resets      what makes work for origins
 *     control frames        pings, settings, priorities, empty data ...
 *     window updates        those, and as many as bytes were written to need them
 *     a head                the bytes of its frames, its fields, and how long it takes to come
 *     bodies                h2o keeps each until it is whole: all of them together
 *
 * It knows nothing of sockets; h2gate.h acts upon what it says.
 *
 * Thread: its frontend's.
 * Life:   embedded in struct h2gate.
 * Spec:   docs/decisions/0016.
 */
#ifndef FRONTEND_H2GUARD_H
#define FRONTEND_H2GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/limits.h"
#include "frontend/h2fields.h"
#include "frontend/h2walk.h"

/* h2o's, as it says in its SETTINGS. */
#define H2_STREAMS 100

/* A request whose body has begun to arrive. */
struct h2body {
    uint32_t stream;
    uint64_t bytes;
    uint64_t moved_ms; /* when the last of them came */
};

struct h2guard {
    const struct limits *limits;
    struct h2walk walk;
    uint64_t second_ms;                           /* when the running second began, */
    uint64_t written;                             /* what had been written by then, */
    uint32_t requests, resets, controls, updates; /* and what came in it, */
    uint32_t given_up;                            /* and requests that ended in vain */
    uint32_t last_stream;                         /* the newest that began */
    bool has_unknown;                             /* frames of no known type came */
    bool is_in_head;                              /* between HEADERS and its END_HEADERS */
    bool has_continuation;                        /* frames came that go on with a head */
    uint32_t head_bytes;                          /* of it so far, */
    struct h2fields fields;                       /* and what they hold */
    uint64_t head_ms;      /* when a head or a frame that carries no body began to come */
    struct h2body *bodies; /* owned: `body_count` of them */
    size_t body_count;
    uint64_t body_bytes; /* all of theirs */
};

/* Borrows: `limits`, until h2guard_done(). */
void h2guard_init(struct h2guard *guard, const struct limits *limits);
void h2guard_done(struct h2guard *guard);

/* Counts what `bytes` carry; `written` is how many bytes the connection was sent so far.
 * Returns: NULL, or the name of the limit that they pass. */
MUST_USE const char *h2guard_read(struct h2guard *guard, struct span bytes, uint64_t written,
                                  uint64_t now_ms);

/* Returns: NULL, or the name of the limit that the client passes by its silence. */
MUST_USE const char *h2guard_late(const struct h2guard *guard, uint64_t now_ms);

/* Returns: a stream whose body has not moved for too long, which is forgotten; 0 for none. */
uint32_t h2guard_stuck(struct h2guard *guard, uint64_t now_ms);

#endif
