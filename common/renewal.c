/* SPDX-License-Identifier: Apache-2.0 */
#include "common/renewal.h"

#include "common/log.h"

#define EVERY_S INT64_C(86400)

static void log_each(enum log_level level, const char *event, struct buf *sentences)
{
    struct span rest = buf_span(sentences);
    while (rest.len) {
        struct span sentence = span_cut(&rest, '\n');
        LOG_AT(level, "%s why=\"%.*s\"", event, LOG_SPAN(sentence));
    }
    buf_done(sentences);
}

/* Says what an operator should know of certificates that are good as yet, and when to say it
 * again. */
static void tell_expiry(struct renewal *renewal, int64_t now_s)
{
    struct buf sentences = {0};
    credentials_warn(renewal->credentials, now_s, &sentences);
    log_each(LEVEL_WARN, "certificate expires", &sentences);
    renewal->due_s = now_s + EVERY_S;
}

static void make_contexts(struct renewal *renewal)
{
    struct stats *stats = renewal->stats;
    contexts_done(&renewal->contexts);
    renewal->contexts = credentials_contexts(renewal->credentials);
    int64_t before_s = (int64_t)stats_read(stats, STAT_certificate_expiry_seconds);
    stats_add(stats, STAT_certificate_expiry_seconds,
              credentials_expiry_s(renewal->credentials) - before_s);
}

void renewal_init(struct renewal *renewal, struct credentials *credentials, struct stats *stats,
                  int64_t now_s)
{
    *renewal = (struct renewal){.credentials = credentials, .stats = stats};
    make_contexts(renewal);
    tell_expiry(renewal, now_s);
}

void renewal_done(struct renewal *renewal)
{
    contexts_done(&renewal->contexts);
    credentials_free(renewal->credentials);
}

void renewal_look(struct renewal *renewal, bool all, int64_t now_s)
{
    struct buf faults = {0};
    size_t fault_count;
    bool is_due = now_s >= renewal->due_s;
    bool has_fresh =
        credentials_refresh(renewal->credentials, all || is_due, now_s, &faults, &fault_count);
    log_each(LEVEL_ERROR, "certificate not taken, the one before stays", &faults);
    stats_add(renewal->stats, STAT_certificate_faults, (int64_t)fault_count);
    if (is_due)
        tell_expiry(renewal, now_s);
    if (!has_fresh)
        return;
    make_contexts(renewal);
    stats_add(renewal->stats, STAT_certificate_reloads, 1);
    log_info("certificates reloaded");
    renewal->on_renewed(renewal->context, &renewal->contexts);
}
