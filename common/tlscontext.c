/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tlscontext.h"

#include <string.h>

#include <openssl/err.h>

#include "common/certificate.h"
#include "common/check.h"
#include "common/goodbye.h"
#include "common/handover.h"
#include "common/tlsnames.h"
#include "common/trust.h"

/* Key exchange is ephemeral and records are authenticated, as HTTP/2 demands; TLS 1.3 has nothing
 * else. The groups leave out those whose arithmetic costs many times more: a stranger chooses. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS "X25519:P-256:P-384"

/* In our order of preference, as ALPN writes lists. */
static const unsigned char protocols[] = "\x02h2\x08http/1.1";
static const unsigned char protocols_without_http2[] = "\x08http/1.1";

/* OpenSSL's info callback. */
static void note_alert(const SSL *ssl, int where, int value)
{
    bool is_said = (where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT;
    bool is_heard = (where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT;
    int description = value & 0xff; /* below the byte of its severity */
    if (is_heard || (is_said && description == SSL_AD_CLOSE_NOTIFY))
        goodbye_note(ssl, is_said);
}

const char *tlscontext_why(const char *error)
{
    /* OpenSSL was not asked: what it last complained of is another connection. */
    if (error == h2o_socket_error_closed || error == h2o_socket_error_io)
        return error;
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    return why ? why : error;
}

// NOLINTNEXTLINE(readability-non-const-parameter): the signature is OpenSSL's
static int choose_certificate(SSL *ssl, int *alert, void *context)
{
    (void)alert;
    const struct tlsnames *names = context;
    const char *asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_CTX *found = asked ? tlsnames_find(names, span_of(asked)) : NULL;
    if (found && found != SSL_get_SSL_CTX(ssl))
        (void)SSL_set_SSL_CTX(ssl, found);
    handed_over(names); /* to whoever lets the last connection go */
    return found ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/* A client that offers protocols, and none of ours, is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
                           const unsigned char *offered, unsigned offered_len, void *context)
{
    (void)ssl;
    const char *ours = context;
    unsigned char *found;
    if (SSL_select_next_proto(&found, chosen_len, (const unsigned char *)ours,
                              (unsigned)strlen(ours), offered,
                              offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

/* For what OpenSSL refuses only where we wrote nonsense. */
static void must(long result)
{
    CHECK(result == 1);
}

static void set_manners(SSL_CTX *context)
{
    must(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION));
    must(SSL_CTX_set_cipher_list(context, CIPHERS));
    must(SSL_CTX_set1_groups_list(context, unconst(GROUPS)));
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Tickets resume sessions without a memory of ours. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_info_callback(context, note_alert);
}

static SSL_CTX *context_of(const struct tlscontext_parts *parts, size_t index)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    CHECK(context);
    set_manners(context);
    certificate_show(parts->certificates[index], context);
    const unsigned char *ours = parts->has_http2 ? protocols : protocols_without_http2;
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, unconst(ours));
    /* A session is resumed only where it was made, so that a client's is of no use to publish. */
    const char *where = parts->trust ? "holdfast trust" : "holdfast";
    must(SSL_CTX_set_session_id_context(context, (const unsigned char *)where,
                                        (unsigned)strlen(where)));
    if (parts->trust)
        trust_demand(parts->trust, context);
    return context;
}

/* Called by OpenSSL with the default context's last reference, in any thread. */
static void free_names(void *parent, void *given, CRYPTO_EX_DATA *data, int index, long number,
                       void *pointer)
{
    (void)parent, (void)data, (void)index, (void)number, (void)pointer;
    if (!given)
        return;
    taken_over(given);
    tlsnames_free(given);
}

/* Lets the default context have the names of all, for as long as it lives. Takes: `names`. */
static void attach(SSL_CTX *first, struct tlsnames *names)
{
    static int index = -1;
    if (index < 0)
        index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_names);
    must(SSL_CTX_set_ex_data(first, index, names));
    (void)SSL_CTX_set_tlsext_servername_callback(first, choose_certificate);
    (void)SSL_CTX_set_tlsext_servername_arg(first, names);
}

SSL_CTX *tlscontext_new(const struct tlscontext_parts *parts)
{
    SSL_CTX *first = context_of(parts, 0);
    struct tlsnames *names = tlsnames_new(first);
    for (size_t i = 0; i < parts->count; i++) {
        const struct certificate *certificate = parts->certificates[i];
        SSL_CTX *context = i == 0 ? first : context_of(parts, i);
        for (size_t n = 0; n < certificate->name_count; n++)
            tlsnames_add(names, certificate->names[n], context);
        if (i > 0)
            SSL_CTX_free(context);
    }
    tlsnames_sort(names);
    attach(first, names);
    return first;
}

SSL_CTX *tlscontext_new_model(const struct trust *trust, const struct certificate *certificate)
{
    SSL_CTX *model = SSL_CTX_new(TLS_client_method());
    CHECK(model);
    trust_believe(trust, model);
    if (certificate)
        certificate_show(certificate, model);
    return model;
}

void tlscontext_imitate(SSL_CTX *context, const SSL_CTX *model)
{
    STACK_OF(X509) *chain = NULL;
    X509 *leaf = SSL_CTX_get0_certificate(model);
    SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(model));
    if (!leaf)
        return;
    (void)SSL_CTX_get0_chain_certs(unconst(model), &chain);
    must(SSL_CTX_use_cert_and_key(context, leaf, SSL_CTX_get0_privatekey(model), chain, 1));
}
