/* SPDX-License-Identifier: Apache-2.0 */
#include "common/stall.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void stall_init(struct stall *stall, uint64_t now_ms)
{
    *stall = (struct stall){.moved_ms = now_ms};
}

/* Returns: something that changes as the client takes bytes. */
static uint64_t taken(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
        return info.tcpi_bytes_acked;
    int queued = 0; /* a Unix socket */
    (void)ioctl(fd, SIOCOUTQ, &queued);
    return (uint64_t)queued;
}

bool stall_look(struct stall *stall, h2o_socket_t *socket, uint64_t wait_ms, uint64_t now_ms)
{
    bool is_writing = h2o_socket_is_writing(socket);
    uint64_t now_taken = is_writing ? taken(h2o_socket_get_fd(socket)) : 0;
    if (!is_writing || now_taken != stall->taken)
        stall->moved_ms = now_ms;
    stall->taken = now_taken;
    return now_ms > stall->moved_ms + wait_ms;
}
