/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/server.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"

/* A POST of several items is no larger: the smallest limit on bodies in use is 65,536 bytes. */
enum { BODY_MOST_BYTES = 65000 };

#define BODY_START SPAN("{\"items\":[")
#define BODY_END SPAN("]}")

static struct server *make(const struct server_rules *rules, const struct outbox *outbox)
{
    struct server *server = mem_new(sizeof(*server));
    server->rules = rules;
    server->outbox = outbox;
    server->next = outbox->first;
    server->count_most = rules->batch_items;
    return server;
}

struct server *server_new(struct gripurl **url, struct credential **credential, struct post *post,
                          const struct server_rules *rules, const struct outbox *outbox)
{
    struct server *server = make(rules, outbox);
    server->url = *url;
    server->credential = *credential;
    *url = NULL;
    *credential = NULL;
    server->post = post;
    server->shown = server->url->shown;
    return server;
}

struct server *server_new_carried(struct carrier **carrier, const struct server_rules *rules,
                                  const struct outbox *outbox)
{
    struct server *server = make(rules, outbox);
    server->carrier = *carrier;
    *carrier = NULL;
    server->shown = server->carrier->shown;
    return server;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    if (server->carrier)
        server->carrier->kind->free(server->carrier);
    post_free(server->post);
    credential_free(server->credential);
    gripurl_free(server->url);
    buf_done(&server->body);
    free(server->why);
    free(server);
}

/* ---- what it is sent ---- */

/* Returns: how many items from `next` on go into one POST; one at least. */
static size_t choose_count(const struct server *server)
{
    size_t left = server->outbox->next - server->next;
    size_t most = left < server->count_most ? left : server->count_most;
    size_t bytes = BODY_START.len + BODY_END.len;
    size_t count = 0;
    while (count < most) {
        bytes += outbox_at(server->outbox, server->next + count)->len + 1;
        if (count && bytes > BODY_MOST_BYTES)
            break;
        count++;
    }
    return count;
}

static void write_body(struct server *server)
{
    buf_clear(&server->body);
    buf_append(&server->body, BODY_START);
    for (size_t i = 0; i < server->count; i++) {
        const struct outbox_item *item = outbox_at(server->outbox, server->next + i);
        buf_append(&server->body, i ? SPAN(",") : SPAN(""));
        buf_append(&server->body, span(item->text, item->len));
    }
    buf_append(&server->body, BODY_END);
}

/* Whether the server can tell a second copy of each from the first. */
static bool have_ids(const struct server *server)
{
    for (size_t i = 0; i < server->count; i++)
        if (!outbox_at(server->outbox, server->next + i)->has_id)
            return false;
    return true;
}

static struct retry_rules rules_of(const struct server *server)
{
    struct retry_rules rules = server->rules->retry;
    if (!have_ids(server))
        rules.window_ms = 0;
    return rules;
}

/* ---- sentences ---- */

/* Returns: "message 7" or "messages 7 to 9"; caller frees. */
static char *name_batch(const struct server *server)
{
    return server->count == 1 ? mem_printf("message %" PRIu64, server->next)
                              : mem_printf("messages %" PRIu64 " to %" PRIu64, server->next,
                                           server->next + server->count - 1);
}

/* Returns: what to do about a refusal, or "". */
static const char *remedy(const struct post_result *result)
{
    switch (result->status) {
    case 0:
        return "Write http:// where the server has no TLS, --cacert FILE where its certificate is "
               "your own.";
    case 401:
    case 403:
        return "Give what it accepts: GRIP_URL=...?key=TOKEN, or --bearer file:PATH.";
    case 404:
    case 405:
        return "Is it the port for publishers? GRIP_URL names it without /publish/.";
    case 413:
        return "Send less, or raise that server's limit.";
    default:
        return "";
    }
}

/* Returns: the reply and what to do about it as sentences; caller frees. */
static char *explain(const struct post_result *result)
{
    const char *advice = remedy(result);
    size_t len = strlen(result->text);
    bool is_sentence = len && strchr(".!?", result->text[len - 1]);
    return mem_printf("%s%s%s", result->text, !*advice ? "" : is_sentence ? " " : ". ", advice);
}

static void leave(struct server *server, enum server_end end, char *why)
{
    server->state = SERVER_OUT;
    server->end = end;
    server->why = why;
}

static void refuse(struct server *server)
{
    long status = server->last.status;
    const char *shown = server->shown;
    char *batch = name_batch(server);
    char *reply = explain(&server->last);
    leave(server, SERVER_REFUSED,
          status ? mem_printf("%s refused %s (%ld): %s", shown, batch, status, reply)
                 : mem_printf("%s was not sent %s: %s", shown, batch, reply));
    free(reply);
    free(batch);
}

static void give_up(struct server *server, uint64_t now_ms)
{
    const struct retry *retry = &server->retry;
    char *batch = name_batch(server);
    char *status =
        server->last.status ? mem_printf("%ld ", server->last.status) : mem_printf("%s", "");
    uint64_t tenths = (now_ms - retry->begun_ms) / 100;
    leave(server, SERVER_SILENT,
          mem_printf("%s %s %s, %u %s in %" PRIu64 ".%" PRIu64 " s; last: %s%s", server->shown,
                     retry->is_unclear ? "did not confirm, and may or may not have taken,"
                                       : "did not take",
                     batch, retry->failures, retry->failures == 1 ? "try" : "tries", tenths / 10,
                     tenths % 10, status, server->last.text));
    free(status);
    free(batch);
}

/* ---- its life ---- */

static void ask(struct server *server, uint64_t now_ms, int64_t now_s)
{
    struct retry_rules rules = rules_of(server);
    uint64_t attempt_ms = retry_attempt_ms(&server->retry, &rules, now_ms);
    if (!attempt_ms) { /* the owner came late to its turn */
        give_up(server, now_ms);
        return;
    }
    server->state = SERVER_ASKING;
    server->asked_ms = now_ms;
    server->until_ms = now_ms + attempt_ms;
    if (server->carrier)
        server->carrier->kind->begin(server->carrier, server->outbox, server->next, server->count);
    else
        post_begin(server->post, buf_span(&server->body),
                   credential_line(server->credential, now_s), !rules.window_ms, attempt_ms);
}

void server_turn(struct server *server, uint64_t now_ms, int64_t now_s)
{
    if (server->state == SERVER_IDLE && server->next < server->outbox->next) {
        server->count = choose_count(server);
        if (server->post)
            write_body(server);
        retry_begin(&server->retry, now_ms);
        ask(server, now_ms, now_s);
    } else if (server->state == SERVER_RESTING && now_ms >= server->retry.due_ms) {
        ask(server, now_ms, now_s);
    }
}

static void take(struct server *server)
{
    server->next += server->count;
    server->count = 0;
    server->count_most = server->count_most * 2 < server->rules->batch_items
                             ? server->count_most * 2
                             : server->rules->batch_items;
    server->state = SERVER_IDLE;
}

/* Whether fewer items may be taken where these were not: one of them, or their sum, is at fault. */
static bool may_be_halved(const struct server *server, const struct post_result *result)
{
    return server->count > 1 && (result->status == 400 || result->status == 413);
}

void server_hear(struct server *server, const struct post_result *result, uint64_t now_ms)
{
    CHECK(server->state == SERVER_ASKING);
    server->last = *result;
    struct retry_rules rules = rules_of(server);
    if (result->outcome == POST_TAKEN) {
        take(server);
    } else if (result->outcome == POST_REFUSED && may_be_halved(server, result)) {
        server->count_most = server->count / 2;
        server->state = SERVER_IDLE;
    } else if (result->outcome == POST_REFUSED) {
        refuse(server);
    } else if (retry_again(&server->retry, &rules, result->outcome == POST_UNCLEAR, result->wait_ms,
                           server->asked_ms, now_ms)) {
        server->state = SERVER_RESTING;
    } else {
        give_up(server, now_ms);
    }
}

bool server_go_on(struct server *server, uint64_t now_ms)
{
    struct post_result result = {0};
    if (!server->carrier || server->state != SERVER_ASKING ||
        !server->carrier->kind->go_on(server->carrier, now_ms >= server->until_ms, &result))
        return false;
    server_hear(server, &result, now_ms);
    return true;
}

uint64_t server_due_ms(const struct server *server)
{
    if (server->state == SERVER_ASKING && server->carrier)
        return server->until_ms;
    if (server->state == SERVER_RESTING)
        return server->retry.due_ms;
    bool is_ready = server->state == SERVER_IDLE && server->next < server->outbox->next;
    return is_ready ? 0 : UINT64_MAX;
}
