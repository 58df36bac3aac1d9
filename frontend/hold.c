/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/hold.h"

#include <stdlib.h>

#include "common/log.h"
#include "common/peer.h"
#include "frontend/channels.h"
#include "frontend/holds.h"
#include "frontend/presence.h"
#include "frontend/previds.h"

struct traffic *hold_traffic(const struct hold *hold)
{
    return &hold->home->traffic[hold->route];
}

void hold_begin(struct hold *hold, struct holds *home)
{
    hold->home = home;
    hold->is_starting = true;
    list_append(&home->all, &hold->peers);
    stats_add(home->stats, STAT_holds, 1);
}

/* Keep-alives of holds that began together are spread over the last tenth of their time. */
static uint64_t jitter_ms(struct holds *holds, uint32_t length_ms)
{
    holds->random ^= holds->random << 13;
    holds->random ^= holds->random >> 7;
    holds->random ^= holds->random << 17;
    uint32_t spread_ms = length_ms / 10 < 1000 ? length_ms / 10 : 1000;
    return spread_ms ? holds->random % spread_ms : 0;
}

static void arm_keep_alive(struct hold *hold, uint64_t since_ms);

static void on_beat(struct timer *timer, uint64_t now_ms)
{
    struct hold *hold = container_of(timer, struct hold, timer);
    /* Lazily: a delivery only wrote down when it happened. */
    if (hold->is_idle_mode && now_ms < hold->active_ms + hold->keep_alive_ms) {
        arm_keep_alive(hold, hold->active_ms);
        return;
    }
    if (outq_is_empty(&hold->out)) { /* else the client is kept busy as it is */
        hold->kind->beat(hold);
        traffic_add(hold_traffic(hold), TRAFFIC_activity, 1);
        traffic_add(hold_traffic(hold), TRAFFIC_client_content_bytes_sent,
                    msgbuf_bytes(hold->keep_alive).len);
        holds_touch(hold->home, &hold->home->others, hold);
    }
    arm_keep_alive(hold, now_ms);
}

static void arm_keep_alive(struct hold *hold, uint64_t since_ms)
{
    uint64_t due_ms = since_ms + hold->keep_alive_ms - jitter_ms(hold->home, hold->keep_alive_ms);
    timer_arm(hold->home->wheel, &hold->timer, due_ms, on_beat);
}

void hold_keep_alive(struct hold *hold, struct msgbuf *message, uint64_t ms, bool is_idle_mode)
{
    msgbuf_unref(hold->keep_alive);
    hold->keep_alive = message;
    hold->keep_alive_ms = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX; /* 49 days are for ever */
    hold->is_idle_mode = is_idle_mode;
    timer_cancel(&hold->timer);
    if (message && !hold->is_starting && !hold->is_ending)
        arm_keep_alive(hold, loop_now_ms(hold->home->loop));
}

void hold_started(struct hold *hold)
{
    hold->is_starting = false;
    if (hold->keep_alive && !hold->is_ending)
        arm_keep_alive(hold, loop_now_ms(hold->home->loop));
    hold->carrier->flush(hold);
}

static bool is_past_backlog(const struct hold *hold)
{
    const struct limits *limits = hold->home->limits;
    return hold->out.charge > limits->backlog_bytes || hold->out.items > limits->backlog_items;
}

void hold_push(struct hold *hold, struct msgbuf *buf, struct span bytes)
{
    struct holds *home = hold->home;
    size_t before = hold->out.charge;
    outq_push(&hold->out, &home->slots, buf, bytes);
    hold->active_ms = loop_now_ms(home->loop);
    if (list_is_linked(&hold->blocked))
        home->charge += hold->out.charge - before;
    if (!is_past_backlog(hold) || hold->is_ending)
        return;
    /* A burst of one turn is no backlog yet: the client was not asked to take it. */
    hold->carrier->flush(hold);
    if (is_past_backlog(hold)) {
        stats_add(home->stats, STAT_slow_clients_ended, 1);
        hold_doom(hold, REASON_SLOW_CLIENT);
    }
}

void hold_doom(struct hold *hold, enum reason reason)
{
    if (hold->reason == REASON_NONE)
        hold->reason = reason;
    if (!list_is_linked(&hold->doomed))
        list_append(&hold->home->doomed, &hold->doomed);
}

static void unblock(struct hold *hold)
{
    if (!list_is_linked(&hold->blocked))
        return;
    list_unlink(&hold->blocked);
    hold->home->charge -= hold->out.charge;
}

void hold_sent(struct hold *hold, size_t bytes)
{
    unblock(hold);
    outq_consume(&hold->out, &hold->home->slots, bytes);
    stats_add(hold->home->stats, STAT_bytes_delivered, (int64_t)bytes);
    if (!outq_is_empty(&hold->out))
        return;
    if (hold->is_ending)
        hold_doom(hold, hold->reason);
    else if (hold->kind->drained)
        hold->kind->drained(hold);
}

void hold_blocked(struct hold *hold)
{
    if (list_is_linked(&hold->blocked))
        return;
    hold->moved_ms = loop_now_ms(hold->home->loop);
    list_append(&hold->home->blocked, &hold->blocked);
    hold->home->charge += hold->out.charge;
}

/* Whether the conversation is ended in good order, with all that is queued sent. */
static bool ends_clean(const struct hold *hold)
{
    switch (hold->reason) {
    case REASON_ANSWERED:
    case REASON_NOTHING_CAME:
    case REASON_RETRY:
    case REASON_PUBLISHED_CLOSE:
    case REASON_SHUTDOWN:
        return true;
    default:
        return hold->is_concluded;
    }
}

static void log_end(const struct hold *hold)
{
    struct sockaddr_storage peer;
    char text[PEER_TEXT] = "-";
    socklen_t len = hold->carrier->peer(hold, (struct sockaddr *)&peer);
    if (len)
        peer_text(text, (struct sockaddr *)&peer, len);
    if (reason_is_fault(hold->reason))
        log_warn("hold ended kind=%s reason=%s peer=%s backlog_bytes=%zu backlog_items=%u",
                 hold->kind->name, reason_name(hold->reason), text, hold->out.charge,
                 hold->out.items);
    else
        log_debug("hold ended kind=%s reason=%s peer=%s", hold->kind->name,
                  reason_name(hold->reason), text);
}

struct retry hold_take_along(struct hold *hold)
{
    struct retry retry = {
        .previds = hold->previds,
        .presence = presence_take(&hold->presence),
        .is_persistent = hold->is_persistent,
    };
    hold->previds = NULL;
    return retry;
}

void hold_let_go(struct hold *hold)
{
    struct holds *home = hold->home;
    unblock(hold);
    timer_cancel(&hold->timer);
    outq_clear(&hold->out, &home->slots);
    msgbuf_unref(hold->keep_alive);
    if (hold->early)
        buf_done(hold->early);
    free(hold->early);
    free(hold->previds);
    presence_end(hold->presence);
    list_unlink(&hold->doomed);
    list_unlink(&hold->touched);
    list_unlink(&hold->peers);
    if (!hold->is_ending)
        stats_add(home->stats, STAT_holds, -1);
    hold->kind->free(hold);
}

void hold_end(struct hold *hold)
{
    bool is_clean = ends_clean(hold);
    if (!hold->is_ending) {
        hold->is_ending = true;
        log_end(hold);
        /* Counted before its last bytes leave: who has its answer is held no more. */
        stats_add(hold->home->stats, STAT_holds, -1);
        stats_end(hold->home->stats, hold->reason);
        channels_leave_all(hold->home->channels, hold);
        timer_cancel(&hold->timer);
        if (is_clean) {
            hold->kind->finish(hold);
            hold->carrier->flush(hold);
            if (!outq_is_empty(&hold->out))
                return; /* hold_sent() dooms it once more when all has left */
        }
    }
    list_unlink(&hold->doomed);
    if (hold->carrier->close(hold, is_clean && outq_is_empty(&hold->out)))
        hold_let_go(hold);
}
