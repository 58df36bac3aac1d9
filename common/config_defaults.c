/* SPDX-License-Identifier: Apache-2.0 */
#include "common/config_defaults.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/quantity.h"

#define CLIENT_PORT 7999

/* Takes `text`. */
static void put(struct settings *settings, size_t id, char *text)
{
    settings_put(settings, &option_rows[id], SOURCE_DEFAULT, span_of(text), "default");
    free(text);
}

/* Returns: how many cores this process may use. */
static unsigned cores(void)
{
    unsigned most = (unsigned)option_rows[OPTION_workers].most;
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&set) < most ? (unsigned)CPU_COUNT(&set) : most;
}

static char *state_dir(void)
{
    /* NOLINTBEGIN(concurrency-mt-unsafe): main is still alone */
    const char *given = getenv("STATE_DIRECTORY");
    const char *home = getenv("HOME");
    /* NOLINTEND(concurrency-mt-unsafe) */

    if (given && *given) /* systemd's; several are separated by colons */
        return mem_copy(given, strcspn(given, ":"));
    if (geteuid() == 0 || !home || *home != '/')
        return mem_printf("/var/lib/holdfast");
    return mem_printf("%s/.local/state/holdfast", home);
}

static void put_limits(struct settings *settings)
{
    for (size_t i = 0; i < limit_row_count; i++)
        put(settings, OPTION_LIMITS + i, quantity_text(limit_rows[i].fallback, limit_rows[i].unit));
}

void config_defaults(struct settings *settings)
{
    for (size_t i = 0; i < OPTION_LIMITS; i++) {
        if (*option_rows[i].fallback)
            put(settings, i, mem_printf("%s", option_rows[i].fallback));
    }
    put_limits(settings);
    put(settings, OPTION_workers, mem_printf("%u", cores()));
    put(settings, OPTION_state_dir, state_dir());
    if (settings_get(settings, &option_rows[OPTION_routes_file])->count == 0)
        put(settings, OPTION_routes, mem_printf("* demo"));
}

void config_default_listen(struct settings *settings, const char *host)
{
    put(settings, OPTION_listen, mem_printf("%s:%d", host, CLIENT_PORT));
}
