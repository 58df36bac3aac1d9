/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One item object of a publish request.
 *
 *     {"channel":"news","id":"2","prev-id":"1","formats":{"http-stream":{...}}}
 *
 * Thread: whoever reads; nothing is shared.
 * Spec:   guide "Publishing"; GRIP 6.3.
 */
#ifndef PUBLISHER_ITEMREAD_H
#define PUBLISHER_ITEMREAD_H

#include "common/item.h"
#include "publisher/fields.h"

/* Reads the item object `json` into `out`. Unknown fields and formats are passed over; one
 * known format must be there. "meta" and "size" are checked and not used.
 * Borrows: `out` points into the JSON and the arena of `reading`.
 * Returns: false, with reading->why set, where it is not as it should be. */
MUST_USE bool item_read(struct reading *reading, const json_t *json, struct item *out);

#endif
