/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/command_zmq.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/span.h"

#define FIX "write for example tcp://127.0.0.1:5560 or ipc:///run/holdfast/pull"
#define IN_A_FILE SPAN("file:")

bool command_zmq_is_meant(const char *spec)
{
    return span_starts(span_of(spec), SPAN("tcp://")) || span_starts(span_of(spec), SPAN("ipc://"));
}

/* ---- keys ---- */

static bool read_own(struct curve *own, const char *path, char **why)
{
    const char *fault = curve_read(own, path);
    if (!fault && !*own->secret_key)
        fault = "it holds no secret key: give the file NAME.key_secret";
    if (fault)
        *why = mem_printf("--zmq-key %s: %s", path, fault);
    return !fault;
}

static bool read_server_key(char key[CURVE_TEXT], const char *text, char **why)
{
    struct curve theirs = {0};
    const char *fault = NULL;
    if (span_starts(span_of(text), IN_A_FILE))
        fault = curve_read(&theirs, text + IN_A_FILE.len);
    else if (!curve_key_read(theirs.public_key, span_of(text)))
        fault = "it is no CURVE public key, 40 characters of Z85, nor file:PATH of one";
    memcpy(key, theirs.public_key, CURVE_TEXT);
    OPENSSL_cleanse(&theirs, sizeof(theirs));
    if (fault)
        *why = mem_printf("--zmq-server-key: %s", fault);
    return !fault;
}

bool command_zmq_read(struct command_zmq *zmq, const struct command_line *line,
                      push_doubt_fn *doubt, void *context, char **why)
{
    *zmq = (struct command_zmq){
        .rules = {.linger_ms = line->rules.attempt_ms, .doubt = doubt, .context = context}};
    return (!line->zmq_key || read_own(&zmq->rules.own, line->zmq_key, why)) &&
           (!line->zmq_server_key || read_server_key(zmq->server_key, line->zmq_server_key, why));
}

void command_zmq_done(struct command_zmq *zmq)
{
    OPENSSL_cleanse(zmq, sizeof(*zmq));
}

/* ---- servers ---- */

/* Returns: NULL, or why not, as a sentence (static). */
static const char *read_port(const struct command_zmq *zmq, struct zport *port, const char *spec)
{
    char *text = mem_printf("connect:%s", spec); /* as the broker's options say it */
    const char *fault = zport_read(port, span_of(text));
    free(text);
    if (!port->is_tcp && *port->server_key)
        fault = "ipc:// speaks no CURVE, and has no key=";
    if (port->is_tcp && !*port->server_key)
        memcpy(port->server_key, zmq->server_key, CURVE_TEXT);
    return fault;
}

bool command_zmq_add(const struct command_zmq *zmq, struct sender *sender, const char *spec,
                     char **why)
{
    struct zport port;
    const char *fault = read_port(zmq, &port, spec);
    if (fault) {
        *why = mem_printf("%s; " FIX, fault);
        return false;
    }
    struct carrier *carrier = push_new(&port, &zmq->rules, why);
    return carrier && sender_add_carrier(sender, &carrier, why);
}
