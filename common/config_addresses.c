/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_addresses.h"

#include "common/cidr.h"
#include "common/config_defaults.h"
#include "common/mem.h"

/* One address that somebody wants to listen on. */
struct claim {
    const struct address *address;
    enum option_id id; /* listen or control */
    size_t index;
};

static void read_list(struct draft *draft, enum option_id id, const char *host,
                      struct address **list, size_t *count)
{
    const struct setting *setting = draft_setting(draft, id);

    *list = mem_new(setting->count * sizeof(**list));
    for (size_t i = 0; i < setting->count; i++) {
        const char *text = setting->values[i].text;
        struct address *address = &(*list)[*count];
        const char *why = address_read(address, span_of(text), host);
        if (why) {
            draft_fault(draft, id, i,
                        mem_printf("\"%s\" is no address to listen on: %s", text, why));
        } else {
            settings_restate(draft->config->settings, &option_rows[id], i, address->text);
            (*count)++;
        }
    }
}

static struct claim claim_at(const struct config *config, size_t index)
{
    if (index < config->control_count)
        return (struct claim){&config->control[index], OPTION_control, index};
    index -= config->control_count;
    return (struct claim){&config->listen[index], OPTION_listen, index};
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
        struct claim second = claim_at(config, i);
        for (size_t j = 0; j < i; j++) {
            struct claim first = claim_at(config, j);
            if (address_overlaps(first.address, second.address))
                refuse(draft, first, second);
        }
    }
}

/* Whoever reaches the control listener may publish, unless a token says who may. */
static void check_control(struct draft *draft)
{
    const struct config *config = draft->config;

    if (draft_setting(draft, OPTION_publish_tokens)->count > 0)
        return;
    for (size_t i = 0; i < config->control_count; i++) {
        if (!address_is_loopback(&config->control[i]))
            draft_fault(
                draft, OPTION_control, i,
                mem_printf("other machines can reach %s, and without a publish token all of them "
                           "may publish: set one (--publish-token file:PATH, or publish_tokens in "
                           "the file), or listen on 127.0.0.1 only",
                           config->control[i].text));
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
    config_default_listen(config->settings, host);
    read_list(draft, OPTION_control, "127.0.0.1", &config->control, &config->control_count);
    read_list(draft, OPTION_listen, host, &config->listen, &config->listen_count);
    if (draft->faults.len == before) { /* else the lists have holes */
        check_overlaps(draft);
        check_control(draft);
    }
    read_trusted(draft);
}
