/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/waitline.h"

void waitline_init(struct waitline *line, uint64_t wait_ms)
{
    list_init(&line->waiters);
    line->wait_ms = wait_ms;
}

void waitline_join(struct waitline *line, struct waiter *waiter, uint64_t now_ms)
{
    list_unlink(&waiter->node);
    list_append(&line->waiters, &waiter->node);
    waiter->since_ms = now_ms;
}

void waiter_leave(struct waiter *waiter)
{
    list_unlink(&waiter->node);
}

uint64_t waitline_due(const struct waitline *line)
{
    if (list_is_empty(&line->waiters))
        return UINT64_MAX;
    return container_of(line->waiters.next, struct waiter, node)->since_ms + line->wait_ms;
}

struct waiter *waitline_overdue(struct waitline *line, uint64_t now_ms)
{
    if (waitline_due(line) > now_ms)
        return NULL;
    return container_of(list_pop(&line->waiters), struct waiter, node);
}
