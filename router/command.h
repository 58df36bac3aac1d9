/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to the command socket, and the reply to it: each a tnetstring map.
 *
 *     {id: "7", method: "publish", args: {items: [...]}}
 *     {id: "7", success: true, value: null}
 *     {id: "7", success: false, condition: "bad-request", value: "Invalid format: ..."}
 *
 * Thread: any; pure.
 * Life:   command_read() to command_done().
 * Spec:   GRIP 9.4.
 */
#ifndef ROUTER_COMMAND_H
#define ROUTER_COMMAND_H

#include <stdbool.h>

#include <jansson.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/limits.h"
#include "common/span.h"

struct command {
    struct span method;
    struct span id; /* repeated in the reply; at == NULL for none */
    json_t *args;   /* a map, empty where none was sent */
    json_t *json;   /* owned: what the others are parts of */
};

/* Reads a request.
 * Returns: false, with nothing to be done, and `*why` set to a sentence; caller frees it. */
MUST_USE bool command_read(struct command *command, struct span text, const struct limits *limits,
                           char **why);
void command_done(struct command *command);

/* Writes the reply of a success. Takes: `value`. */
void command_reply(struct buf *out, const struct command *command, json_t *value);

/* Writes the reply of a failure; `text` says more, or is NULL. */
void command_refuse(struct buf *out, const struct command *command, const char *condition,
                    const char *text);

#endif
