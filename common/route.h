/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which requests go to which origins: Pushpin's route lines.
 *
 *     api.example.com,path_beg=/v2,id=v2   backend:443,ssl  spare:443,ssl
 *     `------------ condition ----------'  `----- targets, tried in order ---'
 *
 * A table is read once, then only asked. Matching: the rules of the exact host
 * (port stripped); `*` only for hosts that have no rule of their own. Among a
 * host's rules a given proto beats none, then the longer path_beg, then a given ssl.
 *
 * Thread: made by main, read by every frontend.
 * Spec:   GRIP 10.4, 1.1.
 */
#ifndef COMMON_ROUTE_H
#define COMMON_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/span.h"

enum target_kind { TARGET_ORIGIN, TARGET_DEMO };

struct target {
    enum target_kind kind;
    const char *host; /* name or literal, without brackets */
    uint16_t port;
    bool ssl;                /* https to the origin */
    bool insecure;           /* its certificate is not verified */
    bool trust_connect_host; /* its certificate is verified against `host`, not the Host sent */
    bool over_http;          /* WebSockets travel as WebSocket-over-HTTP */
    bool one_event;
    bool auto_pong;
    const char *host_header; /* "host=": Host and SNI sent instead of the client's, or NULL */
    const char **subs;       /* "sub=": channels each hold joins besides the told ones */
    size_t sub_count;
};

enum route_proto { ROUTE_ANY, ROUTE_HTTP, ROUTE_WS };

struct route {
    const char *host; /* lower-case; "*" the default host; "" reachable by id only */
    enum route_proto proto;
    int ssl;              /* 1 only TLS clients, 0 only plain ones, -1 both */
    const char *id;       /* or NULL */
    uint16_t number;      /* of those with an id, from 1 in the order they were added; else 0 */
    const char *path_beg; /* or "" */
    const char *sig_iss, *sig_key; /* or NULL: the configuration's */
    const char *prefix;            /* put before each channel an instruction names, or "" */
    const char *as_host;           /* replaces the request's host before forwarding, or NULL */
    size_t path_rem;               /* bytes taken off the front of the path */
    const char *replace_beg;       /* stands in for path_beg in the path sent, or NULL; without a
                              * path_beg it is put before the path */
    bool debug;                    /* errors tell clients why */
    bool no_grip;                  /* a plain proxy: no signing, no instructions */
    bool aco;
    struct header *headers; /* "header=Name:value": set, or deleted where value is empty */
    size_t header_count;
    struct target *targets;
    size_t target_count;
};

struct routes;

MUST_USE struct routes *routes_new(void);
void routes_free(struct routes *routes);

/* Reads one line and adds its rule; an empty or comment line adds nothing.
 * Returns: NULL, or what is wrong with the line, as a sentence; caller frees it. */
MUST_USE char *routes_add(struct routes *routes, struct span line);

/* As routes_add(), for a line that stands in a file of `dir`: a relative "file:" of sig_key starts
 * there. */
MUST_USE char *routes_add_from(struct routes *routes, struct span line, const char *dir);

size_t routes_count(const struct routes *routes);

/* Whether any route leads to something else than the demo. */
bool routes_lead_out(const struct routes *routes);

/* Returns: the route for a request, or NULL. `host` may carry a port; `path` starts with '/'. */
const struct route *routes_find(const struct routes *routes, struct span host, struct span path,
                                bool is_ssl, bool is_ws);

/* Returns: the route whose id was given as `id=`, or NULL. */
const struct route *routes_find_id(const struct routes *routes, struct span id);

/* Returns: how many routes have an id; their numbers are 1 to this one. */
size_t routes_identified(const struct routes *routes);

/* Returns: the id of the route with that number. */
const char *routes_id(const struct routes *routes, uint16_t number);

/* Walks over all routes in the order they were added. */
const struct route *routes_at(const struct routes *routes, size_t index);

#endif
