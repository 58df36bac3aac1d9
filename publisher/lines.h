/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a descriptor, as they come.
 *
 *     read()  ─►  "one\ntwo\nthr"        lines_next(): "one", "two", then false
 *     read()  ─►  "ee"  end              lines_next(): "three"
 *
 * A line's bytes are its own, but for the line feed. The last one may do
 * without. One that grows past LINE_MOST_BYTES is a fault, not two lines.
 *
 * Thread: its owner's.
 */
#ifndef PUBLISHER_LINES_H
#define PUBLISHER_LINES_H

#include <stdbool.h>

#include "common/base.h"
#include "common/buf.h"
#include "common/span.h"

/* More than any server takes (content_bytes at its highest). */
enum { LINE_MOST_BYTES = 16 << 20 };

struct lines {
    int fd;         /* borrowed */
    struct buf buf; /* what was read; what lies before `at` is used up */
    size_t at;
    size_t searched; /* up to here there is no line feed */
    bool has_ended;  /* nothing more will come */
};

void lines_init(struct lines *lines, int fd);
void lines_done(struct lines *lines);

/* Reads once, which may wait.
 * Returns: false, with `*why` set to a sentence; caller frees it. */
MUST_USE bool lines_fill(struct lines *lines, char **why);

/* Borrows: `*line` lasts until lines_fill().
 * Returns: whether a whole line is there; else lines_fill(), unless has_ended. */
bool lines_next(struct lines *lines, struct span *line);

#endif
