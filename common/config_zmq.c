/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_zmq.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/mem.h"

#define IN_FILE SPAN("file:")
#define IPC SPAN("ipc://")

enum option_id config_zmq_option(enum zmq_use use)
{
    static const enum option_id options[ZMQ_USE_COUNT] = {
        [ZMQ_USE_PULL] = OPTION_zmq_pull,
        [ZMQ_USE_SUB] = OPTION_zmq_sub,
        [ZMQ_USE_COMMAND] = OPTION_zmq_command,
        [ZMQ_USE_STATS] = OPTION_zmq_stats,
    };
    return options[use];
}

/* A path may be relative; "@..." is no path (an abstract socket), "*" a place of ZeroMQ's choice. */
static void complete_path(const struct draft *draft, enum source source, struct zport *port)
{
    const char *path = port->text + IPC.len;
    if (port->is_tcp || *path == '@' || *path == '*')
        return;
    char *whole = draft_path(draft, source, path);
    (void)snprintf(port->text, sizeof(port->text), "ipc://%s", whole);
    free(whole);
}

static void read_ports(struct draft *draft, enum zmq_use use)
{
    enum option_id id = config_zmq_option(use);
    const struct setting *setting = draft_setting(draft, id);
    struct zports *ports = &draft->config->zmq[use];

    ports->list = mem_new(setting->count * sizeof(*ports->list));
    for (size_t i = 0; i < setting->count; i++) {
        const char *text = setting->values[i].text;
        struct zport *port = &ports->list[ports->count++];
        const char *why = zport_read(port, span_of(text));
        if (why)
            draft_fault(draft, id, i, mem_printf("\"%s\" is no ZeroMQ endpoint: %s", text, why));
        else
            complete_path(draft, setting->source, port);
    }
}

/* Returns: what stands in the certificate that `text` names; all empty with the fault noted. */
static struct curve read_certificate(struct draft *draft, enum option_id id, size_t index,
                                     const char *text)
{
    struct curve curve;
    char *path = draft_path(draft, draft_setting(draft, id)->source, text);
    const char *why = curve_read(&curve, path);
    if (!why && id == OPTION_zmq_key && !*curve.secret_key)
        why = "it holds no secret-key; the file of that name that ends in _secret does";
    if (why) {
        draft_fault(draft, id, index, mem_printf("%s: %s", path, why));
        curve = (struct curve){0};
    }
    free(path);
    return curve;
}

static void read_client_key(struct draft *draft, size_t index)
{
    struct config *config = draft->config;
    const char *text = draft_setting(draft, OPTION_zmq_client_keys)->values[index].text;
    struct curve *client = &config->zmq_clients[config->zmq_client_count++];

    if (span_starts(span_of(text), IN_FILE))
        *client = read_certificate(draft, OPTION_zmq_client_keys, index, text + IN_FILE.len);
    else if (!curve_key_read(client->public_key, span_of(text)))
        draft_fault(draft, OPTION_zmq_client_keys, index,
                    mem_printf("\"%s\" is no CURVE public key (40 characters of Z85); a "
                               "certificate is named by file:PATH",
                               text));
}

static void read_keys(struct draft *draft)
{
    struct config *config = draft->config;
    const struct setting *key = draft_setting(draft, OPTION_zmq_key);
    size_t clients = draft_setting(draft, OPTION_zmq_client_keys)->count;

    if (key->count)
        config->zmq_key = read_certificate(draft, OPTION_zmq_key, 0, key->values[0].text);
    config->zmq_clients = mem_new(clients * sizeof(*config->zmq_clients));
    for (size_t i = 0; i < clients; i++)
        read_client_key(draft, i);
    if (key->count && !clients)
        draft_fault(draft, OPTION_zmq_key, 0,
                    mem_printf("with a key of our own and no zmq_client_keys nobody could connect: "
                               "list the public keys of those who may"));
    if (!key->count && clients)
        draft_fault(draft, OPTION_zmq_client_keys, 0,
                    mem_printf("CURVE needs a key of our own, too: set zmq_key"));
}

/* Returns: NULL, or why this endpoint cannot be had with the keys that are there; caller frees. */
static char *port_fault(const struct config *config, const struct zport *port)
{
    if (*config->zmq_key.public_key)
        return NULL;
    if (zport_is_open(port))
        return mem_printf(
            "other machines can reach %s, and ZeroMQ has no tokens, so all of them could use it: "
            "set zmq_key and zmq_client_keys (CURVE), or bind to 127.0.0.1 or ipc:// only",
            port->text);
    if (*port->server_key)
        return mem_printf("key= needs a CURVE key of our own, too: set zmq_key");
    return NULL;
}

static void check_ports(struct draft *draft, enum zmq_use use)
{
    const struct zports *ports = &draft->config->zmq[use];
    for (size_t i = 0; i < ports->count; i++) {
        char *why = port_fault(draft->config, &ports->list[i]);
        if (why)
            draft_fault(draft, config_zmq_option(use), i, why);
    }
}

static void read_stats(struct draft *draft)
{
    const char *text = draft_text(draft, OPTION_zmq_stats_format);
    draft->config->zmq_stats_interval =
        (unsigned)draft_number(draft, OPTION_zmq_stats_interval, LIMIT_COUNT);
    draft->config->zmq_stats_connections = draft_bool(draft, OPTION_zmq_stats_connections);
    draft->config->zmq_stats_json = span_equal(span_of(text), SPAN("json"));
    if (!draft->config->zmq_stats_json && !span_equal(span_of(text), SPAN("tnetstring")))
        draft_fault(draft, OPTION_zmq_stats_format, 0,
                    mem_printf("\"%s\" is neither tnetstring nor json", text));
}

void config_zmq_read(struct draft *draft)
{
    size_t before = draft->faults.len;

    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++)
        read_ports(draft, use);
    read_keys(draft);
    read_stats(draft);
    bool is_sound = draft->faults.len == before;
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT && is_sound; use++)
        check_ports(draft, use);
}
