/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/previds.h"

#include <stdlib.h>

#include "common/buf.h"
#include "common/lastids.h"
#include "common/mem.h"
#include "common/wire.h"
#include "frontend/hold.h"
#include "frontend/subscribe.h"

static size_t count_prev_ids(const struct instruct *told)
{
    size_t count = 0;
    for (size_t i = 0; i < told->channel_count; i++)
        count += told->channels[i].prev_id.at != NULL;
    return count;
}

static bool needs_quotes(struct span id)
{
    for (size_t i = 0; i < id.len; i++)
        if (strchr(" \t\",;\\", id.at[i]))
            return true;
    return false;
}

/* As GRIP 2.2 writes the value of a parameter. */
static void write_id(struct buf *out, struct span id)
{
    if (!needs_quotes(id)) {
        buf_append(out, id);
        return;
    }
    buf_append(out, SPAN("\""));
    for (size_t i = 0; i < id.len; i++) {
        if (id.at[i] == '"' || id.at[i] == '\\')
            buf_append(out, SPAN("\\"));
        buf_append(out, span(&id.at[i], 1));
    }
    buf_append(out, SPAN("\""));
}

static void read_previd(struct previd *previd, const struct told_channel *channel,
                        const char *prefix, struct buf *words)
{
    char *name = subscribe_name(prefix, channel->name);
    previd->channel = wire_channel_hash(span_of(name));
    free(name);
    previd->id = lastids_hash(channel->prev_id);
    size_t before = words->len;
    buf_append(words, channel->name);
    buf_append(words, SPAN("; last-id="));
    write_id(words, channel->prev_id);
    previd->last.len = words->len - before;
}

/* Moves `words`, gathered while the previds were read, behind them. */
static struct previds *put_words(struct previds *previds, struct span words)
{
    size_t head = sizeof(*previds) + previds->count * sizeof(struct previd);
    previds = mem_grow(previds, head + words.len, 1);
    char *at = (char *)previds + head;
    memcpy(at, words.at, words.len);
    for (size_t i = 0; i < previds->count; i++) {
        previds->at[i].last.at = at;
        at += previds->at[i].last.len;
    }
    return previds;
}

struct previds *previds_new(const struct instruct *told, const char *prefix)
{
    size_t count = count_prev_ids(told);
    if (!count)
        return NULL;
    struct previds *previds = mem_new(sizeof(*previds) + count * sizeof(struct previd));
    struct buf words = {0};
    for (size_t i = 0; i < told->channel_count; i++)
        if (told->channels[i].prev_id.at)
            read_previd(&previds->at[previds->count++], &told->channels[i], prefix, &words);
    previds = put_words(previds, buf_span(&words));
    buf_done(&words);
    return previds;
}

bool previds_are_behind(const struct previds *previds, struct lastids *lastids)
{
    bool are_behind = false;
    for (size_t i = 0; previds && i < previds->count; i++) {
        const struct previd *previd = &previds->at[i];
        if (!lastids_differ(lastids, previd->channel, previd->id))
            continue;
        lastids_forget(lastids, previd->channel);
        are_behind = true;
    }
    return are_behind;
}

bool previds_precede(const struct previds *previds, const struct publication *publication)
{
    for (size_t i = 0; previds && i < previds->count; i++) {
        const struct previd *previd = &previds->at[i];
        bool is_next = publication->item.prev_id.at && publication->prev_hash == previd->id;
        if (previd->channel == publication->hash && !is_next)
            return false;
    }
    return true;
}
