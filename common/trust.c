/* SPDX-License-Identifier: Apache-2.0 */
#include "common/trust.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "common/certificate.h"
#include "common/check.h"
#include "common/file.h"
#include "common/mem.h"

static bool is_valid_at(const X509 *certificate, int64_t now_s)
{
    time_t now = (time_t)now_s;
    return X509_cmp_time(X509_get0_notBefore(certificate), &now) < 0 &&
           X509_cmp_time(X509_get0_notAfter(certificate), &now) > 0;
}

static void add(struct trust *trust, X509 *certificate)
{
    int is_added = X509_STORE_add_cert(trust->store, certificate); /* twice is once */
    CHECK(is_added == 1);
    int count = sk_X509_NAME_push(trust->names, X509_NAME_dup(X509_get_subject_name(certificate)));
    CHECK(count > 0);
}

/* Returns: NULL, or what is wrong with the file (static). */
static const char *read_all(struct trust *trust, BIO *bio, int64_t now_s)
{
    size_t read = 0, valid = 0;
    X509 *certificate;
    ERR_clear_error();
    while ((certificate = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL))) {
        add(trust, certificate);
        read++;
        valid += is_valid_at(certificate, now_s);
        X509_free(certificate);
    }
    if (read == 0)
        return "there is no certificate in it: it must be PEM, which begins with "
               "-----BEGIN CERTIFICATE-----";
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return "a certificate in it cannot be read: write the file anew";
    return valid ? NULL : "no certificate in it is valid today: renew it, or set the clock right";
}

static bool read_file(struct trust *trust, const char *path, int64_t now_s, char **why)
{
    size_t len;
    char *fault = NULL;
    char *bytes = file_read(path, &len, &fault);
    if (!bytes) {
        *why = mem_printf("%s: %s; name a PEM file that the user holdfast runs as may read", path,
                          fault);
        free(fault);
        return false;
    }
    BIO *bio = BIO_new_mem_buf(bytes, (int)len);
    CHECK(bio);
    const char *wrong = read_all(trust, bio, now_s);
    if (wrong)
        *why = mem_printf("%s: %s", path, wrong);
    BIO_free(bio);
    free(bytes);
    return !wrong;
}

static struct trust *trust_new(void)
{
    struct trust *trust = mem_new(sizeof(*trust));
    trust->store = X509_STORE_new();
    trust->names = sk_X509_NAME_new_null();
    CHECK(trust->store && trust->names);
    (void)X509_STORE_set_flags(trust->store, X509_V_FLAG_PARTIAL_CHAIN);
    return trust;
}

struct trust *trust_of_system(void)
{
    struct trust *trust = trust_new();
    (void)X509_STORE_set_default_paths(trust->store); /* without them nobody is believed */
    ERR_clear_error();
    return trust;
}

struct trust *trust_read(const char *const *files, size_t count, int64_t now_s, char **why)
{
    struct trust *trust = trust_new();
    for (size_t i = 0; i < count; i++) {
        if (read_file(trust, files[i], now_s, why))
            continue;
        trust_free(trust);
        return NULL;
    }
    return trust;
}

void trust_free(struct trust *trust)
{
    if (!trust)
        return;
    X509_STORE_free(trust->store);
    sk_X509_NAME_pop_free(trust->names, X509_NAME_free);
    free(trust);
}

static _Thread_local char refusal[CERTIFICATE_SUBJECT + 100];

/* OpenSSL's verdict on one certificate of the chain that a client shows. */
static int on_verdict(int is_good, X509_STORE_CTX *context)
{
    const X509 *leaf = X509_STORE_CTX_get0_cert(context);
    if (is_good || !leaf)
        return is_good;
    char subject[CERTIFICATE_SUBJECT];
    (void)snprintf(refusal, sizeof(refusal), "%s, subject %s",
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)),
                   certificate_subject(leaf, subject));
    return 0;
}

const char *trust_take_refusal(void)
{
    static _Thread_local char taken[sizeof(refusal)];
    memcpy(taken, refusal, sizeof(taken));
    refusal[0] = '\0';
    return taken;
}

void trust_demand(const struct trust *trust, SSL_CTX *context)
{
    trust_believe(trust, context);
    SSL_CTX_set_client_CA_list(context, SSL_dup_CA_list(trust->names)); /* takes it */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verdict);
}

void trust_believe(const struct trust *trust, SSL_CTX *context)
{
    SSL_CTX_set1_cert_store(context, trust->store);
}
