/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes may stand in a header's name and in its value.
 *
 * Thread: any.
 * Spec:   RFC 9110 sections 5.5 and 5.6.2.
 */
#ifndef FRONTEND_HTTP_TEXT_H
#define FRONTEND_HTTP_TEXT_H

#include "common/span.h"

/* A token: a header's name, a method. */
static inline bool http_is_token(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", c))
            return false;
    }
    return text.len > 0;
}

/* Printable, space, tab, or beyond ASCII: a header's value, a reason phrase. */
static inline bool http_is_value(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

#endif
