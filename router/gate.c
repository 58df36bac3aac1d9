/* SPDX-License-Identifier: Apache-2.0 */
#include "router/gate.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/certificate.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/peer.h"
#include "common/tlssocket.h"
#include "publisher/auth.h"
#include "router/respond.h"

struct gate {
    struct stats *stats;
    struct auth *auth;
    struct accounts *accounts;
};

struct gate *gate_new(const struct config *config, struct stats *stats)
{
    struct gate *gate = mem_new(sizeof(*gate));
    gate->stats = stats;
    gate->auth = auth_new(config->permits, config->permit_count, &config->limits);
    gate->accounts = accounts_new(config->permits, config->permit_count, auth_anyone(gate->auth));
    return gate;
}

void gate_free(struct gate *gate)
{
    if (!gate)
        return;
    accounts_free(gate->accounts);
    auth_free(gate->auth);
    free(gate);
}

struct accounts *gate_accounts(struct gate *gate)
{
    return gate->accounts;
}

/* ---- refusals ---- */

static void name_peer(const h2o_req_t *request, char out[PEER_TEXT])
{
    struct sockaddr_storage peer;
    socklen_t len = request->conn->callbacks->get_peername(request->conn, (struct sockaddr *)&peer);
    peer_text(out, (struct sockaddr *)&peer, len);
}

/* Counts and logs a refusal that is about to be sent, with the subject of the publisher's
 * certificate where it showed one. */
static void note_refusal(struct gate *gate, const h2o_req_t *request, const struct permit *permit,
                         unsigned status, const char *why)
{
    char text[200], peer[PEER_TEXT], subject[CERTIFICATE_SUBJECT] = "";
    const X509 *shown = tlssocket_peer(request->conn->callbacks->get_socket(request->conn));
    if (shown)
        certificate_subject(shown, subject);
    stats_add(gate->stats, STAT_publishes_refused, 1);
    if (permit)
        accounts_add(gate->accounts, permit, ACCOUNT_REFUSED, 1);
    log_safe(text, sizeof(text), why, strlen(why));
    name_peer(request, peer);
    log_warn("publish refused status=%u publisher=%s peer=%s detail=\"%s\"%s%s", status,
             permit ? permit->name : "-", peer, text, shown ? " subject=" : "", subject);
}

void gate_refuse(struct gate *gate, h2o_req_t *request, const struct permit *permit,
                 unsigned status, const char *why)
{
    note_refusal(gate, request, permit, status, why);
    respond_text(request, status, "%s\n", why);
}

void gate_refuse_for_now(struct gate *gate, h2o_req_t *request, const struct permit *permit,
                         const char *why)
{
    respond_header(request, H2O_TOKEN_RETRY_AFTER, "Retry-After", SPAN("1"));
    gate_refuse(gate, request, permit, 503, why);
}

/* ---- the head of a request ---- */

struct span gate_header(const h2o_req_t *request, const char *lower_case_name)
{
    ssize_t place =
        h2o_find_header_by_str(&request->headers, lower_case_name, strlen(lower_case_name), -1);
    return place < 0 ? span(NULL, 0) : vec_span(request->headers.entries[place].value);
}

#define ADDRESS_ROOM sizeof(struct in6_addr)

/* The bytes of the client's address; of IPv6 the half that names a network, as one machine has all
 * of the other. Everybody on a Unix socket is one.
 * Borrows: from `room`. */
static struct span address_of(const h2o_req_t *request, char room[ADDRESS_ROOM])
{
    struct sockaddr_storage peer = {0};
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    (void)request->conn->callbacks->get_peername(request->conn, (struct sockaddr *)&peer);
    memcpy(&v6, &peer, sizeof(v6));
    memcpy(&v4, &peer, sizeof(v4));
    memcpy(room, &v6.sin6_addr, ADDRESS_ROOM);
    if (peer.ss_family == AF_INET6)
        return span(room, IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? ADDRESS_ROOM : ADDRESS_ROOM / 2);
    memcpy(room, &v4.sin_addr, sizeof(v4.sin_addr));
    return span(room, peer.ss_family == AF_INET ? sizeof(v4.sin_addr) : 0);
}

static void refuse_credentials(struct gate *gate, h2o_req_t *request,
                               const struct auth_answer *answer)
{
    stats_add(gate->stats, STAT_credentials_refused, 1);
    respond_header(request, H2O_TOKEN_WWW_AUTHENTICATE, "WWW-Authenticate",
                   SPAN("Bearer realm=\"holdfast\""));
    if (answer->result == AUTH_MISSING) {
        gate_refuse(gate, request, NULL, 401,
                    "Publishing here needs a token: send Fastly-Key: TOKEN or "
                    "Authorization: Bearer TOKEN.");
        return;
    }
    char *why = mem_printf("This token may not publish here, it %s: send a good one as Fastly-Key: "
                           "TOKEN or Authorization: Bearer TOKEN.",
                           answer->why);
    gate_refuse(gate, request, NULL, 401, why);
    free(why);
}

static void refuse_too_often(struct gate *gate, h2o_req_t *request, uint64_t wait_ms)
{
    char *seconds = h2o_mem_alloc_pool(&request->pool, 24);
    int len = snprintf(seconds, 24, "%" PRIu64, (wait_ms + 999) / 1000);
    stats_add(gate->stats, STAT_credentials_refused, 1);
    respond_header(request, H2O_TOKEN_RETRY_AFTER, "Retry-After", span(seconds, (size_t)len));
    gate_refuse(gate, request, NULL, 429,
                "Too many bad credentials came from this address (auth_failures).");
}

/* Returns: whose request it is, NULL where it was refused. */
static const struct permit *authorize(struct gate *gate, h2o_req_t *request, uint64_t now_ms)
{
    char room[ADDRESS_ROOM];
    const struct auth_answer answer = auth_check(
        gate->auth, &(struct auth_request){.fastly_key = gate_header(request, "fastly-key"),
                                           .authorization = gate_header(request, "authorization"),
                                           .address = address_of(request, room),
                                           .now_ms = now_ms,
                                           .now_s = clock_epoch_s()});
    if (answer.result == AUTH_TOO_OFTEN)
        refuse_too_often(gate, request, answer.wait_ms);
    else if (answer.result != AUTH_OK)
        refuse_credentials(gate, request, &answer);
    return answer.permit;
}

/* A page of another site must not publish through its visitor's loopback, nor by a name of its own
 * that it has turned to us (DNS rebinding); who shows a token is known whatever the name. */
static bool is_from_here(struct gate *gate, h2o_req_t *request, const struct permit *permit,
                         struct span host)
{
    const char *why = NULL;
    struct span origin = gate_header(request, "origin");
    if (origin.at && asked_by_foreigner(origin, host))
        why = "Publishing from pages of other sites is not allowed.";
    else if (origin.at && permit == auth_anyone(gate->auth) && !asked_by_address(host))
        why = "Publishing from a page without a token is allowed at localhost and at addresses in "
              "numbers only.";
    if (why)
        gate_refuse(gate, request, permit, 403, why);
    return !why;
}

/* Returns: the type of the answer, ANSWER_NONE where the request was refused. */
static enum answer_type agree_on_type(struct gate *gate, h2o_req_t *request,
                                      const struct permit *permit)
{
    enum answer_type type = ANSWER_NONE;
    ssize_t place = -1;
    while ((place = h2o_find_header(&request->headers, H2O_TOKEN_ACCEPT, place)) >= 0)
        type = asked_type(vec_span(request->headers.entries[place].value), type);
    if (type == ANSWER_NONE && !gate_header(request, "accept").at)
        type = ANSWER_TEXT;
    if (type == ANSWER_NONE)
        gate_refuse(gate, request, permit, 406,
                    "Not Acceptable. Supported formats are text/plain and application/json.");
    return type;
}

bool gate_admit(struct gate *gate, h2o_req_t *request, struct span host, uint64_t now_ms,
                struct admitted *admitted)
{
    if (!method_is(request, SPAN("POST"))) {
        note_refusal(gate, request, NULL, 405, "method not allowed");
        respond_not_allowed(request, "POST");
        return false;
    }
    const struct permit *permit = authorize(gate, request, now_ms);
    if (!permit || !is_from_here(gate, request, permit, host))
        return false;
    *admitted = (struct admitted){permit, agree_on_type(gate, request, permit)};
    if (admitted->type != ANSWER_NONE)
        accounts_add(gate->accounts, permit, ACCOUNT_REQUESTS, 1);
    return admitted->type != ANSWER_NONE;
}
