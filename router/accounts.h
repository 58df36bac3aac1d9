/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each publisher did: numbers with its name, for /metrics.
 *
 *     holdfast_publisher_requests_total{publisher="news"} 17
 *
 * There are as many as there are permits, however many publish: names are the
 * operator's, never a stranger's.
 *
 * Thread: the router's.
 */
#ifndef ROUTER_ACCOUNTS_H
#define ROUTER_ACCOUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base.h"
#include "common/buf.h"

struct permit;

enum account_number {
    ACCOUNT_REQUESTS, /* that were admitted */
    ACCOUNT_ITEMS,    /* that were taken */
    ACCOUNT_REFUSED,  /* requests that were admitted and then refused */
    ACCOUNT_NUMBERS,
};

struct accounts;

/* One account for each permit, and one for `anyone`.
 * Borrows: the permits until accounts_free(). */
MUST_USE struct accounts *accounts_new(struct permit *const *permits, size_t count,
                                       const struct permit *anyone);
void accounts_free(struct accounts *accounts);

/* Counts `by` more of `number` for `permit`, one of those given. */
void accounts_add(struct accounts *accounts, const struct permit *permit,
                  enum account_number number, uint64_t by);

/* Appends all numbers in Prometheus' text format. */
void accounts_write(const struct accounts *accounts, struct buf *out);

#endif
