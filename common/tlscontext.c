/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tlscontext.h"

#include <string.h>

#include <openssl/err.h>

#include "common/check.h"
#include "common/mem.h"

/* In our order of preference, as ALPN writes lists. */
static const unsigned char protocols[] = "\x02h2\x08http/1.1";
static const unsigned char protocols_without_http2[] = "\x08http/1.1";

static _Thread_local unsigned char last_alert;

/* OpenSSL's info callback. */
static void note_alert(const SSL *ssl, int where, int value)
{
    bool is_said = (where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT;
    OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
    if (is_said && (state == TLS_ST_BEFORE || state == TLS_ST_SR_CLNT_HELLO))
        last_alert = (unsigned char)value; /* below the byte of its severity */
}

unsigned char tlscontext_take_alert(void)
{
    unsigned char alert = last_alert;
    last_alert = 0;
    return alert;
}

const char *tlscontext_why(const char *otherwise)
{
    const char *why = ERR_reason_error_string(ERR_peek_last_error());
    return why ? why : otherwise;
}

/* A client that offers protocols, and none of ours, is told so (RFC 7301, 3.2). */
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

static void set_up(SSL_CTX *context, bool has_http2)
{
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_CIPHER_SERVER_PREFERENCE |
                                           SSL_OP_PRIORITIZE_CHACHA);
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Tickets resume sessions without a memory of ours. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_info_callback(context, note_alert);
    const unsigned char *ours = has_http2 ? protocols : protocols_without_http2;
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, unconst(ours));
}

/* Returns: false with `*why` set. */
static bool load(SSL_CTX *context, const struct certificate_files *files, char **why)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, files->chain) != 1) {
        *why = mem_printf("%s: %s", files->chain, ERR_reason_error_string(ERR_peek_error()));
        return false;
    }
    if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) != 1) {
        *why = mem_printf("%s: %s", files->key, ERR_reason_error_string(ERR_peek_error()));
        return false;
    }
    return true;
}

SSL_CTX *tlscontext_new(const struct config *config, char **why)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    CHECK(context);
    set_up(context, config->http2);
    if (load(context, &config->certificates[0], why))
        return context;
    SSL_CTX_free(context);
    return NULL;
}
