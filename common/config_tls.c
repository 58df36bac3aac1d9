/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_tls.h"

#include <stdlib.h>

#include "common/mem.h"

static char *absolute(const struct draft *draft, enum source source, struct span path)
{
    char *name = mem_copy(path.at, path.len);
    char *whole = draft_path(draft, source, name);
    free(name);
    return whole;
}

/* Reads "FILE" or "FILE,KEYFILE".
 * Returns: false with the fault noted. */
static bool read_pair(struct draft *draft, enum option_id id, size_t index,
                      struct certificate_files *files)
{
    const struct setting *setting = draft_setting(draft, id);
    struct span rest = span_of(setting->values[index].text);
    struct span chain = span_trim(span_cut(&rest, ','));
    struct span key = span_trim(rest);

    if (chain.len == 0 || memchr(key.at, ',', key.len)) {
        draft_fault(
            draft, id, index,
            mem_printf("\"%s\" is neither FILE nor FILE,KEYFILE", setting->values[index].text));
        return false;
    }
    *files = (struct certificate_files){
        absolute(draft, setting->source, chain),
        absolute(draft, setting->source, key.len ? key : chain),
    };
    return true;
}

static void read_certificates(struct draft *draft)
{
    struct config *config = draft->config;
    size_t count = draft_setting(draft, OPTION_certificates)->count;

    config->certificates = mem_new(count * sizeof(*config->certificates));
    for (size_t i = 0; i < count; i++) {
        struct certificate_files *next = &config->certificates[config->certificate_count];
        if (read_pair(draft, OPTION_certificates, i, next))
            config->certificate_count++;
    }
}

static void read_paths(struct draft *draft, enum option_id id, char ***paths, size_t *path_count)
{
    const struct setting *setting = draft_setting(draft, id);

    *paths = mem_new(setting->count * sizeof(char *));
    for (size_t i = 0; i < setting->count; i++) {
        struct span path = span_trim(span_of(setting->values[i].text));
        if (path.len)
            (*paths)[(*path_count)++] = absolute(draft, setting->source, path);
        else
            draft_fault(draft, id, i, mem_printf("it is empty"));
    }
}

/* Notes that option `id` is of no use without `other`. */
static void want(struct draft *draft, enum option_id id, enum option_id other, const char *why)
{
    if (draft_setting(draft, id)->count > 0 && draft_setting(draft, other)->count == 0)
        draft_fault(draft, id, 0, mem_printf("%s", why));
}

void config_tls_read(struct draft *draft)
{
    static const char *const no_certificate =
        "TLS needs a certificate: name its PEM file (--certificate FILE[,KEYFILE], or certificates "
        "in the file)";
    struct config *config = draft->config;

    read_certificates(draft);
    read_paths(draft, OPTION_publisher_cas, &config->publisher_cas, &config->publisher_ca_count);
    read_paths(draft, OPTION_origin_cas, &config->origin_cas, &config->origin_ca_count);
    if (draft_setting(draft, OPTION_origin_certificate)->count > 0)
        (void)read_pair(draft, OPTION_origin_certificate, 0, &config->origin_certificate);
    want(draft, OPTION_listen_tls, OPTION_certificates, no_certificate);
    want(draft, OPTION_control_tls, OPTION_certificates, no_certificate);
    want(draft, OPTION_publisher_cas, OPTION_control_tls,
         "publishers can show a certificate only over TLS: say where (--control-tls "
         "[ADDR:]PORT, or control_tls in the file)");
}

static void pair_done(struct certificate_files *files)
{
    free(files->chain);
    free(files->key);
}

static void paths_done(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
}

void config_tls_done(struct config *config)
{
    for (size_t i = 0; i < config->certificate_count; i++)
        pair_done(&config->certificates[i]);
    free(config->certificates);
    pair_done(&config->origin_certificate);
    paths_done(config->publisher_cas, config->publisher_ca_count);
    paths_done(config->origin_cas, config->origin_ca_count);
}
