/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the operator wants, as one struct that nobody changes after start.
 *
 * Four sources in rising precedence: the defaults of options.def and
 * limits.def, a YAML file, environment variables HOLDFAST_<OPTION>, flags.
 * Each option remembers where its value came from.
 *
 * Thread: written by main before any thread starts, read by all.
 * Spec:   docs/configuration.md, which is made from the same table.
 */
#ifndef COMMON_CONFIG_H
#define COMMON_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "common/address.h"
#include "common/base.h"
#include "common/curve.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/route.h"
#include "common/zport.h"

struct permit;
struct settings;

/* A certificate with its chain, and its key: absolute paths of PEM files, maybe the same one. */
struct certificate_files {
    char *chain, *key;
};

/* The endpoints of one use of ZeroMQ. */
struct zports {
    struct zport *list;
    size_t count;
};

struct config {
    struct address *listen; /* clients, with and without TLS */
    size_t listen_count;
    struct address *control; /* publishers, health; with and without TLS */
    size_t control_count;
    struct certificate_files *certificates; /* the first is the default one */
    size_t certificate_count;
    char **publisher_cas; /* PEM files; with one, control_tls wants a certificate of publishers */
    size_t publisher_ca_count;
    char **origin_cas; /* PEM files: who vouches for https origins, in the system's stead */
    size_t origin_ca_count;
    struct certificate_files origin_certificate; /* shown to https origins, or NULLs */
    struct routes *routes;
    unsigned workers;    /* frontends, at least 1 */
    const char *sig_key; /* key text as GRIP writes it, "" for the generated ES256 key */
    const char *sig_iss;
    const char *state_dir; /* where the generated key is kept; absolute */
    char *dir;             /* of the configuration file, else the working directory; absolute */
    const char **publish_tokens; /* the secrets themselves, "file:" already read */
    size_t publish_token_count;
    struct permit **permits; /* who may publish; owned. None: everybody */
    size_t permit_count;
    const char **trusted_addresses; /* CIDR blocks whose X-Forwarded-For is believed */
    size_t trusted_address_count;
    const char *service_id; /* the only one accepted in /service/ID/publish/, "" for any */
    struct zports zmq[ZMQ_USE_COUNT];
    struct curve zmq_key;      /* our own, for bound sockets and connected ones */
    struct curve *zmq_clients; /* who may connect to bound sockets */
    size_t zmq_client_count;
    bool zmq_stats_json;         /* stats are JSON, else tnetstrings */
    unsigned zmq_stats_interval; /* seconds between reports */
    bool zmq_stats_connections;  /* who is connected is told among stats */
    enum log_level log_level;
    bool http2; /* HTTP/2 is served */
    struct limits limits;
    struct settings *settings; /* what was said and by whom; the texts above live there */
};

/* What main() was asked to do. */
enum verb {
#define VERB(name, id, help) VERB_##id,
#include "common/verbs.def"
    VERB_PRINT_CONFIG,
};

/* Reads all four sources into a fresh config. Flags, `--help` and usage errors are argp's,
 * which ends the process with its usual statuses.
 * Returns: the config (config_free()), or NULL with `*why` set to one or more sentences that
 *          say where (file:line, variable, flag) and how to fix it; caller frees it. */
MUST_USE struct config *config_read(int argc, char **argv, enum verb *verb, char **why);

void config_free(struct config *config);

/* Writes each option with its effective value and source as a YAML file; a secret only as a
 * comment that it is set. */
void config_print(const struct config *config, FILE *out);

#endif
