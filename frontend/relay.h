/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer without GRIP on its way through: as it streams in, and no faster
 * than the client takes it.
 *
 *     origin ─piece─► relay ─► h2o ─► client
 *                 pause ◄── while a send is under way ── proceed ──► resume
 *
 * One piece is in flight at a time; while it is, libcurl does not read the
 * origin's socket. A body whose length is not known goes out in chunks of our
 * own; a body that was cut ends the client's connection visibly.
 *
 * Thread: its frontend's.
 * Life:   embedded in struct client, in the request's pool.
 * Spec:   GRIP 1.4.
 */
#ifndef FRONTEND_RELAY_H
#define FRONTEND_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include <h2o.h>

#include "common/answer.h"
#include "frontend/origin.h"

struct route;

struct relay {
    h2o_generator_t generator;
    h2o_req_t *request;
    struct exchange **exchange; /* the client's; NULL behind it once the exchange is over */
    char *piece;                /* what h2o is sending, in the request's pool */
    char chunk_head[20];
    uint64_t left; /* bytes until Content-Length is reached, UINT64_MAX where there is none */
    bool has_body;
    bool is_chunked; /* we frame the body */
    bool is_begun;   /* the head was given to h2o */
    bool is_sending;
    bool is_over; /* the origin has said all, or failed */
    bool is_cut;  /* it failed */
    bool is_done; /* the request is h2o's again: nothing more may be touched */
};

/* Takes over the head of `answer`; it goes out with the first piece, or by relay_push_head().
 * `request->pool` owns everything from here on. */
void relay_begin(struct relay *relay, h2o_req_t *request, const struct route *route,
                 struct exchange **exchange, const struct answer *answer);

/* Sends one piece, or asks for a pause. */
MUST_USE enum origin_flow relay_piece(struct relay *relay, struct span piece);

/* Sends the head alone, where the body lets itself be waited for. */
void relay_push_head(struct relay *relay);

/* The origin has said all, or (`is_cut`) its answer ended too early. `relay` may be gone. */
void relay_end(struct relay *relay, bool is_cut);

#endif
