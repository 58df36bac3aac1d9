/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates with their keys in files of a test's own directory, valid around a time of its choice.
 */
#ifndef TESTS_SUPPORT_PEM_H
#define TESTS_SUPPORT_PEM_H

#include "tests/unit/cmocka.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/mem.h"

static inline FILE *open_pem(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static inline void add_names(X509 *certificate, const char *names)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Writes a self-signed certificate for `names` ("DNS:a.test,DNS:b.test"; "" for none), then its key,
 * to `path`. */
static inline void write_pem(const char *path, const char *names, time_t since_s, time_t until_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    (void)X509_set_version(certificate, 2);
    X509_NAME *name = X509_get_subject_name(certificate);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1,
                                     -1, 0);
    (void)X509_set_issuer_name(certificate, name);
    (void)ASN1_TIME_set(X509_getm_notBefore(certificate), since_s);
    (void)ASN1_TIME_set(X509_getm_notAfter(certificate), until_s);
    (void)X509_set_pubkey(certificate, key);
    if (*names)
        add_names(certificate, names);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    FILE *file = open_pem(path);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(fclose(file), 0);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

#endif
