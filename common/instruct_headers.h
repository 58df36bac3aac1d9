/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header form of an instruction: Grip-Hold, Grip-Channel and so on.
 *
 * Thread: any.
 * Spec:   GRIP 2.2, 2.3.
 */
#ifndef COMMON_INSTRUCT_HEADERS_H
#define COMMON_INSTRUCT_HEADERS_H

#include "common/instruct_reading.h"

/* Reads the Grip-* headers of the answer; of those that may come once the first counts.
 * Returns: false where one is wrong; `reading` says why. */
MUST_USE bool instruct_read_headers(struct reading *reading);

#endif
