/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/credential.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/escape.h"
#include "common/file.h"
#include "common/jwk.h"
#include "common/key.h"
#include "common/mem.h"
#include "common/token.h"
#include "common/utf8.h"

enum {
    TOKEN_LASTS_S = 600, /* as the libraries' */
    TOKEN_SPARE_S = 60,  /* of those, what is left to clocks that differ and to the way */
};

#define IN_FILE SPAN("file:")
#define IN_BASE64 SPAN("base64:")

struct credential {
    char *line; /* owned; NULL: none, or none yet */
    struct key *key;
    char *iss;
    int64_t good_until_s; /* of the token in `line` */
};

static void wipe(char *secret)
{
    if (secret)
        OPENSSL_cleanse(secret, strlen(secret));
    free(secret);
}

/* ---- keys to sign with ---- */

/* Reads a JSON Web Key, of which only a secret can sign: of a pair it has the public half only.
 * Returns: the key, or NULL with `*why` set. */
static struct key *read_jwk(struct span text, char **why)
{
    struct jwk jwk = {0};
    char *fault = NULL;
    struct key *key = NULL;
    if (!jwk_read(&jwk, text, &fault))
        *why = mem_printf("cannot read its key: %s", fault);
    else if (jwk.pair)
        *why =
            mem_printf("its key is a JWK that is no secret (\"kty\":\"oct\"): give a private key "
                       "in PEM, for example key=file:PATH");
    else
        key = key_read_bytes(buf_span(&jwk.secret), why);
    jwk_done(&jwk);
    free(fault);
    return key;
}

/* What begins with { and is no JWK is a secret like any other. */
static struct key *read_bytes(struct span bytes, char **why)
{
    json_t *json = NULL;
    if (span_starts(bytes, SPAN("{")))
        json = json_loadb(bytes.at, bytes.len, JSON_REJECT_DUPLICATES, NULL);
    bool is_jwk = json_object_get(json, "kty") != NULL;
    json_decref(json);
    return is_jwk ? read_jwk(bytes, why) : key_read_bytes(bytes, why);
}

/* A '+' that was written into a URL as it is has become a space. */
static struct key *read_base64(struct span text, char **why)
{
    char *mended = mem_copy(text.at, text.len);
    for (char *at = mended; *at; at++)
        if (*at == ' ')
            *at = '+';
    struct buf bytes = {0};
    struct key *key = NULL;
    if (base64_decode(&bytes, span_of(mended)))
        key = read_bytes(buf_span(&bytes), why);
    else
        *why = mem_printf("what follows 'base64:' in its key is not base64");
    wipe(mended);
    if (bytes.bytes)
        OPENSSL_cleanse(bytes.bytes, bytes.len);
    buf_done(&bytes);
    return key;
}

static struct key *read_key(const char *text, char **why)
{
    struct span all = span_of(text);
    if (span_starts(all, IN_FILE))
        return key_read(text, ".", why);
    if (span_starts(all, IN_BASE64))
        return read_base64(span_skip(all, IN_BASE64.len), why);
    return read_bytes(all, why);
}

static bool read_signer(struct credential *credential, const struct gripurl *url, char **why)
{
    if (!url->key || !*url->key) {
        *why = mem_printf("it has iss without key: add &key=SECRET or &key=file:PATH");
        return false;
    }
    if (!utf8_is_sound(span_of(url->iss))) {
        *why = mem_printf("its iss is not UTF-8");
        return false;
    }
    credential->key = read_key(url->key, why);
    credential->iss = mem_copy(url->iss, strlen(url->iss));
    return credential->key != NULL;
}

/* ---- texts to send as they are ---- */

/* Returns: `text`, or the first line of the file it names; NULL with `*why` set; caller frees. */
static char *read_text(const char *text, char **why)
{
    if (!span_starts(span_of(text), IN_FILE))
        return mem_copy(text, strlen(text));
    char *fault = NULL;
    size_t len;
    char *line = file_read(text + IN_FILE.len, &len, &fault);
    if (line)
        line[strcspn(line, "\r\n")] = '\0';
    else
        *why = mem_printf("%s: %s", text + IN_FILE.len, fault);
    free(fault);
    return line;
}

static bool read_bearer(struct credential *credential, const char *text, char **why)
{
    char *token = read_text(text, why);
    if (!token)
        return false;
    bool is_sound = *token != '\0';
    for (const char *at = token; *at; at++)
        is_sound = is_sound && *at > ' ' && *at <= '~';
    if (is_sound)
        credential->line = mem_printf("Authorization: Bearer %s", token);
    else
        *why =
            mem_printf("its token is empty or holds a byte that a header cannot carry; a plus sign "
                       "in a URL is written %%2B");
    wipe(token);
    return is_sound;
}

static bool read_basic(struct credential *credential, const struct gripurl *url, char **why)
{
    if (strchr(url->user, ':')) {
        *why = mem_printf("its user name holds a colon, which Basic cannot carry");
        return false;
    }
    char *password = read_text(url->password, why);
    if (!password)
        return false;
    char *both = mem_printf("%s:%s", url->user, password);
    struct buf line = {0};
    buf_append(&line, SPAN("Authorization: Basic "));
    base64_encode(&line, span_of(both));
    credential->line = buf_take(&line);
    wipe(both);
    wipe(password);
    return true;
}

struct credential *credential_new(const struct gripurl *url, char **why)
{
    struct credential *credential = mem_new(sizeof(*credential));
    bool is_read = true;
    if (url->iss)
        is_read = read_signer(credential, url, why);
    else if (url->key)
        is_read = read_bearer(credential, url->key, why);
    else if (url->user)
        is_read = read_basic(credential, url, why);
    if (is_read)
        return credential;
    credential_free(credential);
    return NULL;
}

void credential_free(struct credential *credential)
{
    if (!credential)
        return;
    wipe(credential->line);
    key_free(credential->key);
    free(credential->iss);
    free(credential);
}

const char *credential_line(struct credential *credential, int64_t now_s)
{
    if (!credential->key || now_s < credential->good_until_s - TOKEN_SPARE_S)
        return credential->line;
    char *token = token_sign(credential->key, credential->iss, now_s + TOKEN_LASTS_S);
    wipe(credential->line);
    credential->line = mem_printf("Authorization: Bearer %s", token);
    credential->good_until_s = now_s + TOKEN_LASTS_S;
    free(token);
    return credential->line;
}
