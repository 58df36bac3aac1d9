/* SPDX-License-Identifier: Apache-2.0 */
#include "common/credentials.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/certificate.h"
#include "common/check.h"
#include "common/filemark.h"
#include "common/handover.h"
#include "common/mem.h"
#include "common/tlscontext.h"
#include "common/trust.h"

#define DAY_S INT64_C(86400)

/* Renewals are due a month before; two weeks before somebody should look why there was none. */
#define SOON_S (14 * DAY_S)

/* What is read, and again when one of its files changes, as a whole or not at all. */
struct credential {
    const struct certificate_files *files; /* of a certificate; or NULL */
    bool needs_name;                       /* else no client could ask for it */
    const char *const *cas;                /* else of a trust */
    size_t ca_count;
    struct filemark *marks; /* owned: of each file, from just before it was read */
    struct certificate *certificate;
    struct trust *trust; /* one of the two is owned, and good */
};

struct credentials {
    const struct config *config;
    struct credential *all; /* owned: config->certificates first, in their order */
    size_t count;
    const struct credential *for_origins, *publishers, *origins; /* of all; NULL: not wanted */
};

static size_t file_count(const struct credential *credential)
{
    return credential->files ? 2 : credential->ca_count;
}

static const char *file_at(const struct credential *credential, size_t index)
{
    if (!credential->files)
        return credential->cas[index];
    return index == 0 ? credential->files->chain : credential->files->key;
}

/* Takes new marks.
 * Returns: whether one of them differs from the old. */
static bool mark(struct credential *credential)
{
    bool has_changed = false;
    for (size_t i = 0; i < file_count(credential); i++) {
        struct filemark now = filemark_take(file_at(credential, i));
        has_changed |= !filemark_equal(&now, &credential->marks[i]);
        credential->marks[i] = now;
    }
    return has_changed;
}

static bool read_certificate(struct credential *credential, int64_t now_s, char **why)
{
    struct certificate *fresh = certificate_read(credential->files, now_s, why);
    if (!fresh)
        return false;
    if (credential->needs_name && fresh->name_count == 0) {
        *why =
            mem_printf("%s: the certificate has no DNS name (subjectAltName) that a client could "
                       "ask for: put it first, where it is for everybody, or leave it out",
                       credential->files->chain);
        certificate_free(fresh);
        return false;
    }
    certificate_free(credential->certificate);
    credential->certificate = fresh;
    return true;
}

static bool read_trust(struct credential *credential, int64_t now_s, char **why)
{
    struct trust *fresh = trust_read(credential->cas, credential->ca_count, now_s, why);
    if (!fresh)
        return false;
    trust_free(credential->trust);
    credential->trust = fresh;
    return true;
}

/* Returns: false with `*why` set; what was good before stays. */
static bool read_again(struct credential *credential, int64_t now_s, char **why)
{
    return credential->files ? read_certificate(credential, now_s, why)
                             : read_trust(credential, now_s, why);
}

static struct credential *add(struct credentials *credentials)
{
    return &credentials->all[credentials->count++];
}

static struct credential *add_certificate(struct credentials *credentials,
                                          const struct certificate_files *files)
{
    if (!files->chain)
        return NULL;
    struct credential *credential = add(credentials);
    credential->files = files;
    return credential;
}

static const struct credential *add_trust(struct credentials *credentials, char *const *files,
                                          size_t count)
{
    if (count == 0)
        return NULL;
    struct credential *credential = add(credentials);
    credential->cas = (const char *const *)files;
    credential->ca_count = count;
    return credential;
}

static struct credentials *list_all(const struct config *config)
{
    struct credentials *credentials = mem_new(sizeof(*credentials));
    credentials->config = config;
    credentials->all = mem_new((config->certificate_count + 3) * sizeof(struct credential));
    for (size_t i = 0; i < config->certificate_count; i++)
        add_certificate(credentials, &config->certificates[i])->needs_name = i > 0;
    credentials->for_origins = add_certificate(credentials, &config->origin_certificate);
    credentials->publishers =
        add_trust(credentials, config->publisher_cas, config->publisher_ca_count);
    credentials->origins = add_trust(credentials, config->origin_cas, config->origin_ca_count);
    return credentials;
}

struct credentials *credentials_read(const struct config *config, int64_t now_s, char **why)
{
    struct credentials *credentials = list_all(config);
    for (size_t i = 0; i < credentials->count; i++) {
        struct credential *credential = &credentials->all[i];
        credential->marks = mem_new(file_count(credential) * sizeof(struct filemark));
        (void)mark(credential);
        if (read_again(credential, now_s, why))
            continue;
        credentials_free(credentials);
        return NULL;
    }
    return credentials;
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    for (size_t i = 0; i < credentials->count; i++) {
        certificate_free(credentials->all[i].certificate);
        trust_free(credentials->all[i].trust);
        free(credentials->all[i].marks);
    }
    free(credentials->all);
    free(credentials);
}

bool credentials_refresh(struct credentials *credentials, bool all, int64_t now_s,
                         struct buf *faults, size_t *fault_count)
{
    bool has_fresh = false;
    *fault_count = 0;
    for (size_t i = 0; i < credentials->count; i++) {
        struct credential *credential = &credentials->all[i];
        bool has_changed = mark(credential);
        if (!has_changed && !all)
            continue;
        char *why = NULL;
        if (read_again(credential, now_s, &why)) {
            has_fresh = true;
            continue;
        }
        buf_printf(faults, "%s\n", why);
        free(why);
        (*fault_count)++;
    }
    return has_fresh;
}

/* What listen_tls or control_tls needs. */
static SSL_CTX *server_context(const struct credentials *credentials, const struct trust *trust,
                               bool has_http2)
{
    size_t count = credentials->config->certificate_count;
    if (count == 0)
        return NULL;
    struct certificate **certificates = mem_new(count * sizeof(struct certificate *));
    for (size_t i = 0; i < count; i++)
        certificates[i] = credentials->all[i].certificate;
    SSL_CTX *context =
        tlscontext_new(&(struct tlscontext_parts){certificates, count, trust, has_http2});
    free(certificates);
    return context;
}

static bool has_tls(const struct route *route)
{
    for (size_t i = 0; i < route->target_count; i++)
        if (route->targets[i].ssl)
            return true;
    return false;
}

/* The system's CAs are some hundred and take their time to be read. */
static bool has_https_origins(const struct config *config)
{
    for (size_t i = 0; config->routes && i < routes_count(config->routes); i++)
        if (has_tls(routes_at(config->routes, i)))
            return true;
    return false;
}

static SSL_CTX *origin_context(const struct credentials *credentials)
{
    if (!has_https_origins(credentials->config))
        return NULL;
    const struct credential *shown = credentials->for_origins, *believed = credentials->origins;
    struct trust *system = believed ? NULL : trust_of_system();
    SSL_CTX *model = tlscontext_new_model(believed ? believed->trust : system,
                                          shown ? shown->certificate : NULL);
    trust_free(system);
    return model;
}

struct contexts credentials_contexts(const struct credentials *credentials)
{
    const struct trust *trust = credentials->publishers ? credentials->publishers->trust : NULL;
    return (struct contexts){
        .clients = server_context(credentials, NULL, credentials->config->http2),
        .publishers = server_context(credentials, trust, false),
        .origins = origin_context(credentials),
    };
}

static SSL_CTX *share(SSL_CTX *context)
{
    if (context)
        (void)SSL_CTX_up_ref(context);
    return context;
}

struct contexts contexts_share(const struct contexts *contexts)
{
    return (struct contexts){share(contexts->clients), share(contexts->publishers),
                             share(contexts->origins)};
}

void contexts_done(struct contexts *contexts)
{
    SSL_CTX_free(contexts->clients);
    SSL_CTX_free(contexts->publishers);
    SSL_CTX_free(contexts->origins);
    *contexts = (struct contexts){0};
}

struct contexts *contexts_pack(const struct contexts *contexts)
{
    struct contexts *pack = mem_new(sizeof(*pack));
    *pack = contexts_share(contexts);
    handed_over(pack);
    return pack;
}

struct contexts contexts_unpack(struct contexts **pack)
{
    taken_over(*pack);
    struct contexts contexts = **pack;
    free(*pack);
    *pack = NULL;
    return contexts;
}

int64_t credentials_expiry_s(const struct credentials *credentials)
{
    int64_t first_s = 0;
    for (size_t i = 0; i < credentials->count; i++) {
        const struct certificate *certificate = credentials->all[i].certificate;
        if (certificate && (first_s == 0 || certificate->expiry_s < first_s))
            first_s = certificate->expiry_s;
    }
    return first_s;
}

void credentials_warn(const struct credentials *credentials, int64_t now_s, struct buf *out)
{
    for (size_t i = 0; i < credentials->count; i++) {
        const struct certificate *certificate = credentials->all[i].certificate;
        if (!certificate || certificate->expiry_s - now_s >= SOON_S)
            continue;
        char *date = certificate_date(certificate->expiry_s);
        int64_t left_s = certificate->expiry_s > now_s ? certificate->expiry_s - now_s : 0;
        buf_printf(out, "%s: the certificate expires at %s, in %" PRId64 " days: renew it\n",
                   certificate->file, date, left_s / DAY_S);
        free(date);
    }
}
