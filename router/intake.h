/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way in for publications, whatever door they came through: an HTTP
 * request or a ZeroMQ message.
 *
 *     batch ──► intake ──► broadcast ──► every frontend
 *
 * What was taken is delivered: nothing is refused here.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_INTAKE_H
#define ROUTER_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base.h"

struct broadcast;
struct intake;
struct item;

/* Borrows: `broadcast`, until intake_free(). */
MUST_USE struct intake *intake_new(struct broadcast *broadcast);
void intake_free(struct intake *intake);

/* Whether publishers have to wait: the bus is full. */
bool intake_is_full(const struct intake *intake);

/* Takes `count` items in. Borrows: the items and what they refer to, during the call. */
void intake_take(struct intake *intake, const struct item *items, size_t count);

#endif
