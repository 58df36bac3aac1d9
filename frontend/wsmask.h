/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a WebSocket client sends: frames under a fresh, unpredictable mask each.
 *
 *     81 85 37 fa 21 3d 7f 9f 4d 51 58      FIN + text, masked, 5 bytes: "Hello"
 *           `--mask---' `- payload ^ mask
 *
 * The payload is masked while it is copied into the queue, so it is touched
 * once. Masks come from the kernel's generator, some hundreds at a time.
 *
 * Thread: one source per frontend.
 * Life:   `= {0}`; nothing to undo.
 * Spec:   RFC 6455 5.2, 5.3.
 */
#ifndef FRONTEND_WSMASK_H
#define FRONTEND_WSMASK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/wsframe.h"
#include "frontend/sendq.h"

enum { WSMASK_BYTES = 4 };

/* Masks not yet used. */
struct wsmasks {
    char stock[1024]; /* the last `left` bytes of it */
    size_t left;
};

/* Appends a masked frame to `out`. `is_final`: it ends its message. */
void wsmask_frame(struct wsmasks *masks, struct sendq *out, enum ws_opcode opcode, bool is_final,
                  struct span payload);

#endif
