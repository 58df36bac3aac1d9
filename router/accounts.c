/* SPDX-License-Identifier: Apache-2.0 */
#include "router/accounts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/mem.h"
#include "common/permit.h"

struct account {
    const struct permit *permit;
    uint64_t numbers[ACCOUNT_NUMBERS];
};

struct accounts {
    size_t count;
    struct account all[];
};

struct accounts *accounts_new(struct permit *const *permits, size_t count,
                              const struct permit *anyone)
{
    struct accounts *accounts = mem_new(sizeof(*accounts) + (count + 1) * sizeof(struct account));
    for (size_t i = 0; i < count; i++)
        accounts->all[accounts->count++].permit = permits[i];
    accounts->all[accounts->count++].permit = anyone;
    return accounts;
}

void accounts_free(struct accounts *accounts)
{
    free(accounts);
}

void accounts_add(struct accounts *accounts, const struct permit *permit,
                  enum account_number number, uint64_t by)
{
    size_t i = 0;
    while (i < accounts->count && accounts->all[i].permit != permit)
        i++;
    CHECK(i < accounts->count);
    accounts->all[i].numbers[number] += by;
}

void accounts_write(const struct accounts *accounts, struct buf *out)
{
    static const struct {
        const char *name, *help;
    } rows[ACCOUNT_NUMBERS] = {
        [ACCOUNT_REQUESTS] = {"requests", "publish requests admitted, by publisher"},
        [ACCOUNT_ITEMS] = {"items", "items accepted, by publisher"},
        [ACCOUNT_REFUSED] = {"refused", "publish requests admitted and then refused, by publisher"},
    };
    for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
        buf_printf(out, "# HELP holdfast_publisher_%s_total %s\n", rows[row].name, rows[row].help);
        buf_printf(out, "# TYPE holdfast_publisher_%s_total counter\n", rows[row].name);
        for (size_t i = 0; i < accounts->count; i++)
            buf_printf(out, "holdfast_publisher_%s_total{publisher=\"%s\"} %" PRIu64 "\n",
                       rows[row].name, accounts->all[i].permit->name,
                       accounts->all[i].numbers[row]);
    }
}
