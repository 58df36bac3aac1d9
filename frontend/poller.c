/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/poller.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"
#include "common/mem.h"

/* What is ready beyond this is found again in the next turn: the set is level-triggered. */
#define BATCH 512

struct poller {
    int epoll_fd;
    int count; /* events of the batch under way */
    struct epoll_event batch[BATCH];
};

struct poller *poller_new(void)
{
    struct poller *poller = mem_new(sizeof(*poller));
    poller->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    CHECK(poller->epoll_fd >= 0);
    return poller;
}

void poller_free(struct poller *poller)
{
    if (!poller)
        return;
    (void)close(poller->epoll_fd);
    free(poller);
}

int poller_fd(const struct poller *poller)
{
    return poller->epoll_fd;
}

static void control(struct poller *poller, int operation, int fd, uint32_t events,
                    struct watch *watch)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    int failed = epoll_ctl(poller->epoll_fd, operation, fd, &event);
    CHECK(!failed);
}

void poller_add(struct poller *poller, int fd, uint32_t events, struct watch *watch)
{
    control(poller, EPOLL_CTL_ADD, fd, events, watch);
}

void poller_change(struct poller *poller, int fd, uint32_t events, struct watch *watch)
{
    control(poller, EPOLL_CTL_MOD, fd, events, watch);
}

void poller_remove(struct poller *poller, int fd)
{
    control(poller, EPOLL_CTL_DEL, fd, 0, NULL);
}

void poller_forget(struct poller *poller, const struct watch *watch)
{
    for (int i = 0; i < poller->count; i++)
        if (poller->batch[i].data.ptr == watch)
            poller->batch[i].data.ptr = NULL;
}

void poller_run(struct poller *poller)
{
    poller->count = epoll_wait(poller->epoll_fd, poller->batch, BATCH, 0);
    CHECK(poller->count >= 0 || errno == EINTR);
    for (int i = 0; i < poller->count; i++) {
        struct watch *watch = poller->batch[i].data.ptr;
        if (watch)
            watch->on_ready(watch, poller->batch[i].events);
    }
    poller->count = 0;
}
