/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/sender.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "common/buf.h"
#include "common/check.h"
#include "common/clock.h"
#include "common/escape.h"
#include "common/mem.h"
#include "publisher/carrier.h"
#include "publisher/outbox.h"
#include "publisher/server.h"

enum {
    PATIENCE_MS = 9000,
    WINDOW_MS = 10000, /* dedup_window_ms of a broker */
    ATTEMPT_MS = 6000,
    BATCH_ITEMS = 1000,
    NAME_BYTES = 12, /* of randomness in a first id */
    LONGEST_WAIT_MS = 60000,
};

struct sender {
    CURLM *multi;
    struct sender_rules rules;
    struct server_rules server_rules;
    struct outbox outbox;
    struct server **servers; /* owned */
    size_t server_count;
    struct curl_waitfd *wishes; /* owned: what a turn waits for; one more than servers */
    char *first_id;             /* owned */
    char *last_id;              /* owned: of a chain; NULL before its first */
};

/* ---- from start to end ---- */

static char *make_name(void)
{
    unsigned char bytes[NAME_BYTES];
    int is_random = RAND_bytes(bytes, sizeof(bytes));
    CHECK(is_random == 1);
    struct buf name = {0};
    base64url_encode(&name, span((const char *)bytes, sizeof(bytes)));
    return buf_take(&name);
}

struct sender_rules sender_usual(void)
{
    return (struct sender_rules){.patience_ms = PATIENCE_MS,
                                 .window_ms = WINDOW_MS,
                                 .attempt_ms = ATTEMPT_MS,
                                 .batch_items = BATCH_ITEMS};
}

struct sender *sender_new(const struct sender_rules *rules)
{
    struct sender *sender = mem_new(sizeof(*sender));
    sender->rules = *rules;
    sender->server_rules = (struct server_rules){
        .retry = {rules->patience_ms, rules->window_ms, rules->attempt_ms},
        .batch_items = rules->batch_items ? rules->batch_items : 1,
    };
    sender->multi = curl_multi_init();
    CHECK(sender->multi);
    sender->wishes = mem_new(sizeof(struct curl_waitfd));
    outbox_init(&sender->outbox);
    sender->first_id =
        rules->first_id ? mem_copy(rules->first_id, strlen(rules->first_id)) : make_name();
    return sender;
}

void sender_free(struct sender *sender)
{
    if (!sender)
        return;
    for (size_t i = 0; i < sender->server_count; i++)
        server_free(sender->servers[i]);
    free(sender->servers);
    free(sender->wishes);
    (void)curl_multi_cleanup(sender->multi);
    outbox_done(&sender->outbox);
    free(sender->first_id);
    free(sender->last_id);
    free(sender);
}

static bool is_early(const struct sender *sender, char **why)
{
    if (sender->outbox.next == 1)
        return true;
    *why = mem_printf("a server is added before the first message");
    return false;
}

/* Takes: `server`. */
static void add(struct sender *sender, struct server *server)
{
    size_t count = sender->server_count + 1;
    sender->servers = mem_grow(sender->servers, count, sizeof(struct server *));
    sender->wishes = mem_grow(sender->wishes, count + 1, sizeof(struct curl_waitfd));
    sender->servers[sender->server_count] = server;
    sender->server_count = count;
}

bool sender_add_carrier(struct sender *sender, struct carrier **carrier, char **why)
{
    if (is_early(sender, why)) {
        add(sender, server_new_carried(carrier, &sender->server_rules, &sender->outbox));
        return true;
    }
    (*carrier)->kind->free(*carrier);
    *carrier = NULL;
    return false;
}

static bool has_sound_proxy(const struct sender *sender, char **why)
{
    const char *proxy = sender->rules.post.proxy;
    if (!proxy || post_proxy_is_sound(proxy))
        return true;
    *why = mem_printf("the proxy is none: write for example http://HOST:3128");
    return false;
}

bool sender_add_url(struct sender *sender, struct gripurl **url, char **why)
{
    bool is_ready = is_early(sender, why) && has_sound_proxy(sender, why);
    struct credential *credential = is_ready ? credential_new(*url, why) : NULL;
    if (!credential) {
        gripurl_free(*url);
        *url = NULL;
        return false;
    }
    struct post *post = post_new(*url, &sender->rules.post, sender->multi);
    add(sender, server_new(url, &credential, post, &sender->server_rules, &sender->outbox));
    return true;
}

bool sender_add(struct sender *sender, const char *grip_url, char **why)
{
    struct gripurl *url = gripurl_read(grip_url, why);
    return url && sender_add_url(sender, &url, why);
}

/* ---- putting in ---- */

bool sender_has_anyone(const struct sender *sender)
{
    for (size_t i = 0; i < sender->server_count; i++)
        if (sender->servers[i]->state != SERVER_OUT)
            return true;
    return false;
}

bool sender_has_room(const struct sender *sender)
{
    return !outbox_is_full(&sender->outbox) && sender_has_anyone(sender);
}

/* Returns: the id of the next message where it has none of its own; caller frees. */
static char *next_id(const struct sender *sender)
{
    return mem_printf("%s-%" PRIu64, sender->first_id, sender->outbox.next);
}

bool sender_put(struct sender *sender, const struct publication *message, char **why)
{
    if (!sender_has_room(sender)) {
        *why = mem_printf("there is no room for another message, or no server left");
        return false;
    }
    struct publication named = *message;
    char *id = message->id.at || sender->rules.has_no_ids ? NULL : next_id(sender);
    if (id)
        named.id = span_of(id);
    if (sender->rules.is_chain && sender->last_id)
        named.prev_id = span_of(sender->last_id);

    struct buf item = {0};
    bool is_written = publication_write(&named, &item, why);
    char *text = buf_take(&item);
    if (is_written) {
        (void)outbox_push(&sender->outbox, &text, named.id.at != NULL);
        free(sender->last_id);
        sender->last_id = named.id.at ? mem_copy(named.id.at, named.id.len) : NULL;
    }
    free(text);
    free(id);
    return is_written;
}

/* ---- sending ---- */

static struct server *server_of(struct sender *sender, const struct post *post)
{
    for (size_t i = 0; i < sender->server_count; i++)
        if (sender->servers[i]->post == post)
            return sender->servers[i];
    return NULL;
}

/* Tells the servers what became of their requests.
 * Returns: of how many. */
static size_t hear_all(struct sender *sender)
{
    int more;
    size_t count = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(sender->multi, &more));) {
        struct server *server = server_of(sender, post_of(message->easy_handle));
        struct post_result result;
        CHECK(server);
        post_end(server->post, message->data.result, &result);
        server_hear(server, &result, clock_monotonic_ms());
        count++;
    }
    return count;
}

uint64_t sender_taken(const struct sender *sender)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < sender->server_count; i++)
        if (sender->servers[i]->state != SERVER_OUT)
            least = clock_sooner(least, sender->servers[i]->next);
    return least == UINT64_MAX ? sender->outbox.first - 1 : least - 1;
}

/* Begins what is due and lets go of what all have.
 * Returns: for how long nothing else will be due. */
static uint64_t begin_all(struct sender *sender)
{
    uint64_t now_ms = clock_monotonic_ms();
    int64_t now_s = clock_epoch_s();
    uint64_t due_ms = UINT64_MAX;
    for (size_t i = 0; i < sender->server_count; i++) {
        server_turn(sender->servers[i], now_ms, now_s);
        due_ms = clock_sooner(due_ms, server_due_ms(sender->servers[i]));
    }
    outbox_drop(&sender->outbox, sender_taken(sender) + 1);
    return due_ms > now_ms ? due_ms - now_ms : 0;
}

/* Has the carriers go on.
 * Returns: how many have something over. */
static size_t carry_all(struct sender *sender)
{
    size_t count = 0;
    for (size_t i = 0; i < sender->server_count; i++)
        count += server_go_on(sender->servers[i], clock_monotonic_ms());
    return count;
}

/* Returns: how many requests came to an end. */
static size_t work(struct sender *sender)
{
    int running;
    CURLMcode fault = curl_multi_perform(sender->multi, &running);
    CHECK(!fault);
    return hear_all(sender) + carry_all(sender);
}

/* Waits for libcurl, the carriers that have something under way, and `fd`.
 * Returns: whether `fd` can be read. */
static bool wait_for_any(struct sender *sender, int fd, uint64_t wait_ms)
{
    unsigned count = 0;
    if (fd >= 0)
        sender->wishes[count++] = (struct curl_waitfd){.fd = fd, .events = CURL_WAIT_POLLIN};
    for (size_t i = 0; i < sender->server_count; i++) {
        const struct server *server = sender->servers[i];
        if (server->carrier && server->state == SERVER_ASKING)
            sender->wishes[count++] =
                (struct curl_waitfd){.fd = server->carrier->fd, .events = CURL_WAIT_POLLIN};
    }
    /* A signal may end the wait early; the next turn goes on. */
    (void)curl_multi_poll(sender->multi, sender->wishes, count, (int)wait_ms, NULL);
    return fd >= 0 && sender->wishes[0].revents != 0;
}

bool sender_turn(struct sender *sender, int fd, uint64_t wait_ms)
{
    uint64_t due_ms = begin_all(sender);
    due_ms = clock_sooner(due_ms, clock_sooner(wait_ms, LONGEST_WAIT_MS));
    if (work(sender))
        due_ms = 0; /* the owner wants to know, and something else may begin */
    bool is_readable = wait_for_any(sender, fd, due_ms);
    (void)work(sender);
    return is_readable;
}

enum sender_result sender_state(const struct sender *sender)
{
    enum sender_result result = SENDER_TAKEN;
    for (size_t i = 0; i < sender->server_count; i++) {
        const struct server *server = sender->servers[i];
        if (server->state != SERVER_OUT && server->next < sender->outbox.next)
            return SENDER_BUSY;
        if (server->end == SERVER_REFUSED)
            result = SENDER_REFUSED;
        else if (server->end == SERVER_SILENT && result == SENDER_TAKEN)
            result = SENDER_SILENT;
    }
    return result;
}

enum sender_result sender_flush(struct sender *sender, uint64_t wait_ms)
{
    uint64_t begun_ms = clock_monotonic_ms();
    uint64_t end_ms = wait_ms < UINT64_MAX - begun_ms ? begun_ms + wait_ms : UINT64_MAX;
    while (sender_state(sender) == SENDER_BUSY) {
        uint64_t now_ms = clock_monotonic_ms();
        if (now_ms >= end_ms)
            break;
        (void)sender_turn(sender, -1, end_ms - now_ms);
    }
    return sender_state(sender);
}

void sender_tell_ends(struct sender *sender, sender_end_fn *on_end, void *context)
{
    for (size_t i = 0; i < sender->server_count; i++) {
        struct server *server = sender->servers[i];
        if (server->state != SERVER_OUT || server->is_told)
            continue;
        server->is_told = true;
        on_end(context, server->why);
    }
}
