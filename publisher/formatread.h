/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One representation of a message, as a publisher wrote it.
 *
 *     "http-stream":   {"content":"hi\n"}          {"action":"close"}
 *     "ws-message":    {"content-bin":"/+8="}      {"action":"close","code":4001}
 *     "http-response": {"code":200,"body":"hi"}    {"action":"hint"}
 *
 * What a transport could not send is refused here, while there is a publisher
 * to tell: a status that is none, a text message that is not UTF-8, a ping of
 * more than 125 bytes.
 *
 * Thread: whoever reads; nothing is shared.
 * Spec:   guide "Publishing", "Publish actions", "Limits"; GRIP 6.4.
 */
#ifndef PUBLISHER_FORMATREAD_H
#define PUBLISHER_FORMATREAD_H

#include "common/item.h"
#include "publisher/fields.h"

/* Reads the object `json`, a format of that kind, into `out`.
 * Borrows: `out` points into the JSON and the arena of `reading`.
 * Returns: false, with reading->why set, where it is not as it should be. */
MUST_USE bool format_read(struct reading *reading, enum format_kind kind, const json_t *json,
                          struct format *out);

#endif
