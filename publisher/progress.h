/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a long publishing is, for somebody who watches.
 *
 *     holdfast: 12000 messages published, 4100 a second
 *
 * On a terminal the line is written over the last one.
 *
 * Thread: its owner's; time is an argument.
 */
#ifndef PUBLISHER_PROGRESS_H
#define PUBLISHER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base.h"

struct progress {
    FILE *out; /* borrowed; NULL: nobody watches */
    uint64_t begun_ms, shown_ms;
    uint64_t shown_count;
    bool is_terminal;
    bool is_asked;     /* somebody wants to know; else only what takes long is told */
    bool is_line_open; /* what was written last waits to be written over */
};

/* Nothing is asked for until `is_asked` is set. */
void progress_begin(struct progress *progress, FILE *out, bool is_terminal, uint64_t now_ms);

/* Shows that `count` messages are published, unless it did within the last second. */
void progress_show(struct progress *progress, uint64_t count, uint64_t now_ms);

/* Shows the sum: how many, in which time; where it took no second, only if asked. */
void progress_end(struct progress *progress, uint64_t count, uint64_t now_ms);

/* Ends an open line, before somebody else writes. */
void progress_make_way(struct progress *progress);

#endif
