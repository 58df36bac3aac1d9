/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a frontend tells the router of an item that carries a number, on the way back (bus.h): how
 * many of its holds heard each format, and on which of the routes that have an id.
 *
 *     'C' number, count of each format, numbers of routes      once or more, behind each other
 *
 * Everybody is told of such an item and everybody answers, whoever listens there or not: who has
 * asked knows by that when all is counted.
 *
 * Thread: any; pure.
 * Spec:   docs/architecture.md "The bus".
 */
#ifndef COMMON_HEARING_H
#define COMMON_HEARING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base.h"
#include "common/item.h"
#include "common/span.h"

struct hearing {
    uint64_t number;              /* the item's */
    uint32_t heard[FORMAT_COUNT]; /* by how many */
    struct span routes;           /* the numbers of those where anybody did, two bytes each */
};

/* Returns: how many bytes hearing_write() writes. */
size_t hearing_size(const struct hearing *hearing);

/* Writes `hearing` to `out`. */
void hearing_write(char *out, const struct hearing *hearing);

/* Reads the first of those that `bytes` are: hearing_size() bytes. Borrows: the routes are a part of
 * `bytes`. Returns: false where `bytes` are something else. */
MUST_USE bool hearing_read(struct hearing *hearing, struct span bytes);

size_t hearing_route_count(const struct hearing *hearing);

/* Returns: the number of the route at `place`. */
uint16_t hearing_route(const struct hearing *hearing, size_t place);

#endif
