/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The origin of origin_world.h under TLS, with a certificate nobody vouches for.
 */
#ifndef TESTS_UNIT_TLS_PEER_H
#define TESTS_UNIT_TLS_PEER_H

#include "tests/unit/origin_world.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Returns: what a server needs, with a certificate nobody vouches for. */
static inline SSL_CTX *self_signed(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost",
                                     -1, -1, 0);
    (void)X509_set_issuer_name(certificate, name);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    (void)X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

/* Runs the loop while OpenSSL wants to wait.
 * Returns: false when the other side gave up. */
static inline bool goes_on(struct world *world, SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        run_until_ready(world, SSL_get_fd(ssl), POLLIN);
        return true;
    case SSL_ERROR_WANT_WRITE:
        run_until_ready(world, SSL_get_fd(ssl), POLLOUT);
        return true;
    default:
        return false;
    }
}

/* Returns: the origin's end of a TLS connection, or NULL when the handshake was broken off. */
static inline SSL *accept_tls(struct world *world, SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    (void)SSL_set_fd(ssl, accept_peer(world));
    int result;
    while ((result = SSL_accept(ssl)) != 1)
        if (!goes_on(world, ssl, result)) {
            SSL_free(ssl);
            return NULL;
        }
    return ssl;
}

static inline void hear_tls(struct world *world, SSL *ssl, char *request, size_t room)
{
    int got;
    while ((got = SSL_read(ssl, request, (int)room - 1)) <= 0)
        assert_true(goes_on(world, ssl, got));
    request[got] = '\0';
}

static inline void say_tls(SSL *ssl, const char *text)
{
    assert_int_equal(SSL_write(ssl, text, (int)strlen(text)), (int)strlen(text));
}

#endif
