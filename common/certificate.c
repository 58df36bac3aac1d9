/* SPDX-License-Identifier: Apache-2.0 */
#include "common/certificate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/check.h"
#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"

/* Returns: the file as a BIO that reads `*bytes`, both the caller's to free; or NULL. */
static BIO *open_file(const char *path, char **bytes, char **why)
{
    size_t len;
    char *fault = NULL;
    *bytes = file_read(path, &len, &fault);
    if (!*bytes) {
        *why = mem_printf("%s: %s; name a PEM file that the user holdfast runs as may read", path,
                          fault);
        free(fault);
        return NULL;
    }
    BIO *bio = BIO_new_mem_buf(*bytes, (int)len);
    CHECK(bio);
    return bio;
}

/* Returns: why OpenSSL refused, or `otherwise`. */
static const char *openssl_reason(const char *otherwise)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : otherwise;
}

static void append(STACK_OF(X509) * chain, X509 *certificate)
{
    int count = sk_X509_push(chain, certificate);
    CHECK(count > 0);
}

/* Returns: false where a certificate stands in the file that cannot be read. */
static bool read_chain(struct certificate *certificate, BIO *bio)
{
    ERR_clear_error();
    certificate->leaf = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
    certificate->chain = sk_X509_new_null();
    CHECK(certificate->chain);
    X509 *next = NULL;
    while (certificate->leaf && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        append(certificate->chain, next);
    /* At the end of the file there is "no start line", and no other complaint. */
    return certificate->leaf && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static bool load_chain(struct certificate *certificate, const char *path, char **why)
{
    char *bytes;
    BIO *bio = open_file(path, &bytes, why);
    if (!bio)
        return false;
    bool is_read = read_chain(certificate, bio);
    if (!is_read && !certificate->leaf)
        *why = mem_printf("%s: there is no certificate in it: it must be PEM, which begins with "
                          "-----BEGIN CERTIFICATE-----",
                          path);
    else if (!is_read)
        *why = mem_printf("%s: a certificate of the chain cannot be read (%s): write the file anew",
                          path, openssl_reason("damaged"));
    BIO_free(bio);
    free(bytes);
    return is_read;
}

/* OpenSSL asks for the password of an encrypted key; nobody is there to type it. */
// NOLINTNEXTLINE(readability-non-const-parameter): the signature is OpenSSL's
static int on_password(char *out, int room, int is_write, void *context)
{
    (void)out, (void)room, (void)is_write;
    *(bool *)context = true;
    return -1;
}

static bool load_key(struct certificate *certificate, const char *path, char **why)
{
    char *bytes;
    BIO *bio = open_file(path, &bytes, why);
    if (!bio)
        return false;
    bool is_encrypted = false;
    certificate->key = PEM_read_bio_PrivateKey(bio, NULL, on_password, &is_encrypted);
    if (is_encrypted)
        *why = mem_printf("%s: the key is encrypted, and nobody is there to type its password: "
                          "write it without one (openssl pkey -in FILE -out FILE.plain)",
                          path);
    else if (!certificate->key)
        *why = mem_printf("%s: there is no private key in it: name the PEM file that has it, as in "
                          "CERTIFICATE_FILE,KEYFILE",
                          path);
    BIO_free(bio);
    OPENSSL_cleanse(bytes, strlen(bytes));
    free(bytes);
    return certificate->key != NULL;
}

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm utc;
    return ASN1_TIME_to_tm(time, &utc) ? (int64_t)timegm(&utc) : 0;
}

static bool check_dates(struct certificate *certificate, int64_t now_s, char **why)
{
    int64_t since_s = seconds_of(X509_get0_notBefore(certificate->leaf));
    certificate->expiry_s = seconds_of(X509_get0_notAfter(certificate->leaf));
    if (since_s <= now_s && now_s < certificate->expiry_s)
        return true;
    bool is_early = now_s < since_s;
    char *date = certificate_date(is_early ? since_s : certificate->expiry_s);
    *why = mem_printf(is_early ? "%s: the certificate is not valid before %s: wait, or set the "
                                 "clock of this machine right"
                               : "%s: the certificate expired at %s: renew it",
                      certificate->file, date);
    free(date);
    return false;
}

/* Whether OpenSSL would use it: keys that are too short and hashes that are broken are refused. */
static bool check_strength(const struct certificate *certificate, const char *key_file, char **why)
{
    if (X509_check_private_key(certificate->leaf, certificate->key) != 1) {
        *why = mem_printf("%s: the key does not fit the certificate in %s, of which the first one "
                          "counts: name the key that it was made for",
                          key_file, certificate->file);
        return false;
    }
    SSL_CTX *trial = SSL_CTX_new(TLS_method());
    CHECK(trial);
    ERR_clear_error();
    bool is_good = SSL_CTX_use_cert_and_key(trial, certificate->leaf, certificate->key,
                                            certificate->chain, 1) == 1;
    if (!is_good)
        *why = mem_printf("%s: OpenSSL refuses the certificate (%s): have a stronger one made",
                          certificate->file, openssl_reason("unknown reason"));
    SSL_CTX_free(trial);
    return is_good;
}

static void add_name(struct certificate *certificate, const ASN1_IA5STRING *text)
{
    size_t len = (size_t)ASN1_STRING_length(text);
    char *name = mem_copy((const char *)ASN1_STRING_get0_data(text), len);
    if (strlen(name) != len) { /* a NUL inside, to look like another name */
        free(name);
        return;
    }
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    certificate->names[certificate->name_count++] = name;
}

static void read_names(struct certificate *certificate)
{
    GENERAL_NAMES *all = X509_get_ext_d2i(certificate->leaf, NID_subject_alt_name, NULL, NULL);
    int count = all ? sk_GENERAL_NAME_num(all) : 0;
    certificate->names = mem_new((size_t)count * sizeof(char *));
    for (int i = 0; i < count; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, i);
        if (name->type == GEN_DNS)
            add_name(certificate, name->d.dNSName);
    }
    GENERAL_NAMES_free(all);
}

struct certificate *certificate_read(const struct certificate_files *files, int64_t now_s,
                                     char **why)
{
    struct certificate *certificate = mem_new(sizeof(*certificate));
    certificate->file = mem_copy(files->chain, strlen(files->chain));
    if (load_chain(certificate, files->chain, why) && load_key(certificate, files->key, why) &&
        check_strength(certificate, files->key, why) && check_dates(certificate, now_s, why)) {
        read_names(certificate);
        return certificate;
    }
    certificate_free(certificate);
    return NULL;
}

void certificate_free(struct certificate *certificate)
{
    if (!certificate)
        return;
    for (size_t i = 0; i < certificate->name_count; i++)
        free(certificate->names[i]);
    free(certificate->names);
    EVP_PKEY_free(certificate->key);
    sk_X509_pop_free(certificate->chain, X509_free);
    X509_free(certificate->leaf);
    free(certificate->file);
    free(certificate);
}

void certificate_show(const struct certificate *certificate, SSL_CTX *context)
{
    int is_taken = SSL_CTX_use_cert_and_key(context, certificate->leaf, certificate->key,
                                            certificate->chain, 1);
    CHECK(is_taken == 1); /* as in check_strength() */
}

const char *certificate_subject(const X509 *certificate, char out[CERTIFICATE_SUBJECT])
{
    BIO *bio = BIO_new(BIO_s_mem());
    CHECK(bio);
    (void)X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    (void)log_safe(out, CERTIFICATE_SUBJECT, text, (size_t)len);
    BIO_free(bio);
    return out;
}

char *certificate_date(int64_t time_s)
{
    char text[32];
    struct tm utc;
    time_t seconds = (time_t)time_s;
    gmtime_r(&seconds, &utc);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return mem_copy(text, strlen(text));
}
