/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/h2answer.h"

#include "frontend/relay.h"

struct h2answer {
    struct list node;
    h2o_req_t *request;
    const struct relay *relay;
    uint64_t taken;    /* bytes of the body, */
    uint64_t moved_ms; /* and when that was last another number */
};

static void on_dispose(void *memory)
{
    struct h2answer *answer = memory;
    list_unlink(&answer->node);
}

void h2answer_watch(struct list *answers, h2o_req_t *request, const struct relay *relay,
                    uint64_t now_ms)
{
    struct h2answer *answer = h2o_mem_alloc_shared(&request->pool, sizeof(*answer), on_dispose);
    *answer = (struct h2answer){.request = request, .relay = relay, .moved_ms = now_ms};
    list_append(answers, &answer->node);
}

static bool is_waiting(const struct h2answer *answer)
{
    return !answer->relay || answer->relay->is_sending || answer->relay->is_done;
}

h2o_req_t *h2answers_stalled(struct list *answers, uint64_t stall_ms, uint64_t now_ms)
{
    LIST_FOREACH (node, answers) {
        struct h2answer *answer = container_of(node, struct h2answer, node);
        if (!is_waiting(answer) || answer->request->bytes_sent != answer->taken)
            answer->moved_ms = now_ms;
        answer->taken = answer->request->bytes_sent;
        if (now_ms > answer->moved_ms + stall_ms) {
            list_unlink(&answer->node);
            return answer->request;
        }
    }
    return NULL;
}
