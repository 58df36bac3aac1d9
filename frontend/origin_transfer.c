/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/origin_transfer.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/list.h"
#include "common/mem.h"
#include "frontend/answer_head.h"
#include "frontend/origin_reach.h"

#define MOST_SPARES 256         /* idle handles kept; each has about 8 KB */
#define MOST_COPIED_BYTES 16384 /* of a body: it then goes out in one piece with the head */
#define RECEIVE_BYTES 8192L     /* held only while a transfer is under way */

struct transfer {
    struct ride ride;
    struct list spare; /* in the pool, while idle */
    struct transfers *pool;
    const struct request *request; /* borrowed */
    void *context;
    unsigned sent; /* how often libcurl began to send the request */
    bool is_silent;
    size_t body_read; /* of a body that is too large to be copied */
    struct answer_head head;
    struct reach reach;
    char error[CURL_ERROR_SIZE];
};

struct transfers {
    struct multi *multi;                  /* borrowed */
    const struct limits *limits;          /* borrowed */
    const struct transfer_events *events; /* borrowed */
    struct list spares;
    size_t spare_count;
};

/* CURLOPT_PREREQFUNCTION: connected (or about to reuse a connection), nothing sent yet. */
// NOLINTNEXTLINE(readability-non-const-parameter): the signature is libcurl's
static int on_connected(void *context, char *remote, char *local, int remote_port, int local_port)
{
    (void)remote, (void)local, (void)remote_port, (void)local_port;
    struct transfer *transfer = context;
    if (transfer->is_silent)
        return CURL_PREREQFUNC_ABORT;
    /* Here for the second time: a reused connection died before the answer began. */
    unsigned most = transfer->request->is_safe ? 2 : 1;
    if (++transfer->sent > most)
        return CURL_PREREQFUNC_ABORT;
    /* If libcurl has to come here again, then not with another old connection. */
    curl_easy_setopt(transfer->ride.easy, CURLOPT_FRESH_CONNECT, 1L);
    transfer->pool->events->on_sending(transfer->context);
    return CURL_PREREQFUNC_OK;
}

/* CURLOPT_HEADERFUNCTION: one line at a time, interim heads and trailers included. */
static size_t on_line(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;
    if (transfer->is_silent)
        return 0;
    enum answer_head_result result = answer_head_line(&transfer->head, span(line, len));
    if (result == ANSWER_HEAD_BAD)
        return 0;
    if (result == ANSWER_HEAD_WHOLE) {
        struct answer answer;
        answer_head_answer(&transfer->head, &answer);
        transfer->pool->events->on_head(transfer->context, &answer);
    }
    return len;
}

/* CURLOPT_WRITEFUNCTION */
static size_t on_piece(char *piece, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t len = size * count;
    if (transfer->is_silent || !answer_head_is_whole(&transfer->head))
        return 0;
    enum origin_flow flow = transfer->pool->events->on_body(transfer->context, span(piece, len));
    return flow == ORIGIN_PAUSE ? CURL_WRITEFUNC_PAUSE : len;
}

/* CURLOPT_READFUNCTION */
static size_t on_read(char *to, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    if (transfer->is_silent)
        return CURL_READFUNC_ABORT;
    struct span rest = span_skip(transfer->request->body, transfer->body_read);
    size_t len = size * count < rest.len ? size * count : rest.len;
    memcpy(to, rest.at, len);
    transfer->body_read += len;
    return len;
}

/* CURLOPT_SEEKFUNCTION: only ever back to the start, to send the body again. */
static int on_rewind(void *context, curl_off_t offset, int origin)
{
    struct transfer *transfer = context;
    if (offset != 0 || origin != SEEK_SET)
        return CURL_SEEKFUNC_FAIL;
    transfer->body_read = 0;
    return CURL_SEEKFUNC_OK;
}

static void set_constants(struct transfer *transfer)
{
    CURL *easy = transfer->ride.easy;
    reach_set_manners(easy, transfer->error);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_piece);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_rewind);
    curl_easy_setopt(easy, CURLOPT_SEEKDATA, transfer);
}

static bool needs_length(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

/* The body is ours only until the exchange is cancelled, which libcurl may learn later: it gets
 * a copy of a small one, and has to ask on_read() for each piece of a large one. */
static void set_body(CURL *easy, struct span body)
{
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
    if (body.len <= MOST_COPIED_BYTES)
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, body.len ? body.at : "");
    else
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
}

static void set_request(CURL *easy, const struct request *request)
{
    const char *method = request->method;
    if (strcmp(method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        method = NULL;
    } else if (request->body.len || needs_length(method)) {
        set_body(easy, request->body);
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, request->path);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->lines);
}

static void free_transfer(struct transfer *transfer)
{
    ride_done(&transfer->ride);
    answer_head_done(&transfer->head);
    reach_done(&transfer->reach);
    free(transfer);
}

struct transfers *transfers_new(struct multi *multi, const struct limits *limits,
                                const struct transfer_events *events)
{
    struct transfers *transfers = mem_new(sizeof(*transfers));
    transfers->multi = multi;
    transfers->limits = limits;
    transfers->events = events;
    list_init(&transfers->spares);
    return transfers;
}

void transfers_free(struct transfers *transfers)
{
    if (!transfers)
        return;
    LIST_FOREACH_SAFE (node, &transfers->spares)
        free_transfer(container_of(node, struct transfer, spare));
    free(transfers);
}

static struct transfer *get_transfer(struct transfers *transfers)
{
    struct list *node = list_pop(&transfers->spares);
    if (node) {
        transfers->spare_count--;
        return container_of(node, struct transfer, spare);
    }
    struct transfer *fresh = mem_new(sizeof(*fresh));
    fresh->pool = transfers;
    ride_init(&fresh->ride, transfers->multi);
    answer_head_init(&fresh->head, transfers->limits);
    set_constants(fresh);
    return fresh;
}

struct transfer *transfer_start(struct transfers *transfers, const struct target *target,
                                struct request *request, void *context)
{
    struct transfer *transfer = get_transfer(transfers);
    transfer->request = request;
    transfer->context = context;
    transfer->sent = 0;
    transfer->is_silent = false;
    transfer->body_read = 0;
    transfer->error[0] = '\0';
    answer_head_clear(&transfer->head);
    curl_easy_setopt(transfer->ride.easy, CURLOPT_FRESH_CONNECT, 0L);
    request_set_host(request, target->host_header);
    set_request(transfer->ride.easy, request);
    reach_target(&transfer->reach, transfer->ride.easy, target);
    multi_start(transfers->multi, &transfer->ride);
    return transfer;
}

void transfer_silence(struct transfer *transfer)
{
    transfer->is_silent = true;
}

void transfer_resume(struct transfer *transfer)
{
    (void)curl_easy_pause(transfer->ride.easy, CURLPAUSE_CONT);
}

static bool is_nonsense(CURLcode code)
{
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, ICY, a status of four digits */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_OUT_OF_MEMORY: /* how libcurl calls a header line beyond 100 KB */
    case CURLE_BAD_CONTENT_ENCODING:
        return true;
    default:
        return false;
    }
}

static struct verdict judge(const struct transfer *transfer, CURLcode code)
{
    const char *detail = transfer->error[0] ? transfer->error : curl_easy_strerror(code);
    if (transfer->head.fault)
        return (struct verdict){REASON_ORIGIN_NONSENSE, transfer->head.fault};
    if (code == CURLE_OK && answer_head_is_whole(&transfer->head))
        return (struct verdict){REASON_NONE, ""};
    if (!transfer->sent)
        return (struct verdict){REASON_ORIGIN_UNREACHABLE, detail};
    if (is_nonsense(code))
        return (struct verdict){REASON_ORIGIN_NONSENSE, detail};
    if (code == CURLE_ABORTED_BY_CALLBACK)
        detail = "the reused connection ended before the answer began";
    return (struct verdict){REASON_ORIGIN_CUT, detail};
}

struct transfer *transfers_finished(struct transfers *transfers, struct verdict *verdict)
{
    CURLcode code;
    struct ride *ride = multi_finished(transfers->multi, &code);
    if (!ride)
        return NULL;
    struct transfer *transfer = container_of(ride, struct transfer, ride);
    *verdict = judge(transfer, code);
    return transfer;
}

void *transfer_context(const struct transfer *transfer)
{
    return transfer->context;
}

void transfer_stop(struct transfer *transfer)
{
    struct transfers *transfers = transfer->pool;
    multi_stop(transfers->multi, &transfer->ride);
    transfer->request = NULL;
    transfer->context = NULL;
    if (transfers->spare_count >= MOST_SPARES) {
        free_transfer(transfer);
        return;
    }
    list_append(&transfers->spares, &transfer->spare);
    transfers->spare_count++;
}
