/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/parked.h"

#include "frontend/hold.h"
#include "frontend/holds.h"
#include "frontend/previds.h"
#include "frontend/reply.h"

struct parked {
    struct hold *hold; /* NULL once it has gone */
    parked_again_fn *again;
    void *context;
};

/* h2o disposes of the request. */
static void on_dispose(void *memory)
{
    struct parked *parked = memory;
    struct hold *hold = parked->hold;
    if (!hold)
        return;
    hold->request = NULL;
    hold->parked = NULL;
    hold_doom(hold, REASON_CLIENT_GONE);
}

/* From here on the request has nothing to do with the hold. */
static h2o_req_t *part(struct hold *hold)
{
    h2o_req_t *request = hold->request;
    hold->parked->hold = NULL;
    hold->parked = NULL;
    hold->request = NULL;
    return request;
}

/* A body is a single piece; h2o copies it. */
static void parked_flush(struct hold *hold)
{
    struct iovec body;
    if (!hold->request || !outq_gather(&hold->out, &body, 1))
        return;
    reply_body(part(hold), span(body.iov_base, body.iov_len), hold_traffic(hold));
    hold_sent(hold, body.iov_len);
}

static void ask_again(struct hold *hold)
{
    const struct parked parked = *hold->parked;
    const struct retry retry = hold_take_along(hold);
    (void)part(hold);
    parked.again(parked.context, &retry);
}

static bool parked_close(struct hold *hold, bool is_clean)
{
    if (!hold->request)
        return true;
    if (!is_clean)
        reply_refuse(part(hold), REASON_SHUTDOWN, (struct span){NULL, 0}, hold_traffic(hold));
    else if (hold->reason == REASON_RETRY)
        ask_again(hold);
    else
        reply_body(part(hold), SPAN(""), hold_traffic(hold));
    return true;
}

static socklen_t parked_peer(const struct hold *hold, struct sockaddr *sa)
{
    return hold->request ? hold->request->conn->callbacks->get_peername(hold->request->conn, sa)
                         : 0;
}

static const struct carrier parked_carrier = {parked_flush, parked_close, parked_peer};

void parked_begin(struct hold *hold, parked_again_fn *again, void *context)
{
    struct parked *parked = h2o_mem_alloc_shared(&hold->request->pool, sizeof(*parked), on_dispose);
    *parked = (struct parked){hold, again, context};
    hold->parked = parked;
    hold->carrier = &parked_carrier;
}

void parked_head(struct hold *hold, const struct answer *answer)
{
    reply_head(hold->request, answer->status, answer->reason, answer->headers,
               answer->header_count);
}
