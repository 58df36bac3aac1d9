/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_addresses.h"

#include <stdlib.h>

#include "common/cidr.h"
#include "common/config_defaults.h"
#include "common/mem.h"

/* Two options make one list: what is listened on without TLS and, behind it, with TLS. */
struct listening {
    enum option_id plain, tls;
    struct address **list;
    size_t *count;
};

/* One address that somebody wants to listen on. */
struct claim {
    const struct address *address;
    enum option_id id;
    size_t index;
};

static void read_one(struct draft *draft, enum option_id id, size_t index, const char *host,
                     struct listening *listening)
{
    const char *text = draft_setting(draft, id)->values[index].text;
    struct address *address = &(*listening->list)[*listening->count];
    const char *why = address_read(address, span_of(text), host);
    if (why) {
        draft_fault(draft, id, index,
                    mem_printf("\"%s\" is no address to listen on: %s", text, why));
        return;
    }
    address->is_tls = id == listening->tls;
    settings_restate(draft->config->settings, &option_rows[id], index, address->text);
    (*listening->count)++;
}

static void read_list(struct draft *draft, const char *host, struct listening listening)
{
    size_t plain = draft_setting(draft, listening.plain)->count;
    size_t tls = draft_setting(draft, listening.tls)->count;

    *listening.list = mem_new((plain + tls) * sizeof(**listening.list));
    for (size_t i = 0; i < plain; i++)
        read_one(draft, listening.plain, i, host, &listening);
    for (size_t i = 0; i < tls; i++)
        read_one(draft, listening.tls, i, host, &listening);
}

/* Returns: which option address `index` of such a list came from, as long as none was refused. */
static struct claim claim_in(const struct draft *draft, const struct address *list, size_t index,
                             enum option_id plain, enum option_id tls)
{
    size_t plain_count = draft_setting(draft, plain)->count;
    if (index < plain_count)
        return (struct claim){&list[index], plain, index};
    return (struct claim){&list[index], tls, index - plain_count};
}

static struct claim claim_at(const struct draft *draft, size_t index)
{
    const struct config *config = draft->config;
    if (index < config->control_count)
        return claim_in(draft, config->control, index, OPTION_control, OPTION_control_tls);
    return claim_in(draft, config->listen, index - config->control_count, OPTION_listen,
                    OPTION_listen_tls);
}

/* Blames the one that was said with more emphasis, or else the second one. */
static void refuse(struct draft *draft, struct claim first, struct claim second)
{
    bool blames_first =
        draft_setting(draft, first.id)->source > draft_setting(draft, second.id)->source;
    struct claim blamed = blames_first ? first : second;
    struct claim other = blames_first ? second : first;

    draft_fault(draft, blamed.id, blamed.index,
                mem_printf("%s cannot be had besides %s, which stands in %s (%s)",
                           blamed.address->text, other.address->text, option_rows[other.id].key,
                           draft_setting(draft, other.id)->values[other.index].where));
}

static void check_overlaps(struct draft *draft)
{
    const struct config *config = draft->config;

    for (size_t i = 1; i < config->control_count + config->listen_count; i++) {
        struct claim second = claim_at(draft, i);
        for (size_t j = 0; j < i; j++) {
            struct claim first = claim_at(draft, j);
            if (address_overlaps(first.address, second.address))
                refuse(draft, first, second);
        }
    }
}

/* Whoever reaches the control listener may publish, unless a token or a certificate says who may. */
static void check_control(struct draft *draft)
{
    const struct config *config = draft->config;

    if (draft_setting(draft, OPTION_publish_tokens)->count > 0 ||
        draft_setting(draft, OPTION_publishers)->count > 0)
        return;
    for (size_t i = 0; i < config->control_count; i++) {
        struct claim claim = claim_at(draft, i);
        bool is_proven = claim.address->is_tls && config->publisher_ca_count > 0;
        const char *otherwise =
            claim.address->is_tls ? "demand certificates (--publisher-ca FILE), " : "";
        if (!is_proven && !address_is_loopback(claim.address))
            draft_fault(
                draft, claim.id, claim.index,
                mem_printf("other machines can reach %s, and without a publish token all of them "
                           "may publish: set one (--publish-token file:PATH, or publish_tokens in "
                           "the file), %sor listen on 127.0.0.1 only",
                           claim.address->text, otherwise));
    }
}

static void read_trusted(struct draft *draft)
{
    struct config *config = draft->config;
    const struct setting *setting = draft_setting(draft, OPTION_trusted_addresses);

    config->trusted_addresses = mem_new(setting->count * sizeof(char *));
    for (size_t i = 0; i < setting->count; i++) {
        const char *text = setting->values[i].text;
        const char *why = cidr_check(text);
        if (why)
            draft_fault(draft, OPTION_trusted_addresses, i, mem_printf("\"%s\": %s", text, why));
        else
            config->trusted_addresses[config->trusted_address_count++] = text;
    }
}

void config_addresses_read(struct draft *draft)
{
    struct config *config = draft->config;
    size_t before = draft->faults.len;

    /* The demo is for trying, so it is for this machine; a route is for serving. */
    const char *host = routes_lead_out(config->routes) ? "*" : "127.0.0.1";
    if (draft_setting(draft, OPTION_listen_tls)->count == 0)
        config_default_listen(config->settings, host);
    read_list(draft, "127.0.0.1",
              (struct listening){OPTION_control, OPTION_control_tls, &config->control,
                                 &config->control_count});
    read_list(draft, host,
              (struct listening){OPTION_listen, OPTION_listen_tls, &config->listen,
                                 &config->listen_count});
    if (draft->faults.len == before) { /* else the lists have holes */
        check_overlaps(draft);
        check_control(draft);
    }
    read_trusted(draft);
}
