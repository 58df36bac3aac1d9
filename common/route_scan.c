/* SPDX-License-Identifier: Apache-2.0 */
#include "common/route_scan.h"

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Decodes the quoted part that `rest` begins with.
 * Returns: false where it has no end. */
static bool scan_quoted(struct scan *scan)
{
    struct span *rest = &scan->rest;

    for (*rest = span_skip(*rest, 1); rest->len && *rest->at != '"'; *rest = span_skip(*rest, 1)) {
        if (*rest->at == '\\' && rest->len > 1 && (rest->at[1] == '\\' || rest->at[1] == '"'))
            *rest = span_skip(*rest, 1);
        *scan->out++ = *rest->at;
    }
    if (rest->len == 0)
        return false;
    *rest = span_skip(*rest, 1);
    return true;
}

/* Goes past the separator behind an element. */
static void scan_separator(struct scan *scan, struct element *element)
{
    element->ends_section = scan->rest.len == 0 || *scan->rest.at != ',';
    if (!element->ends_section)
        scan->rest = span_skip(scan->rest, 1);
    while (element->ends_section && scan->rest.len && is_blank(*scan->rest.at))
        scan->rest = span_skip(scan->rest, 1);
    if (element->ends_section && scan->rest.len && *scan->rest.at == '#')
        scan->rest.len = 0;
}

const char *scan_element(struct scan *scan, struct element *element)
{
    *element = (struct element){.name = scan->out};

    while (scan->rest.len && !is_blank(*scan->rest.at) && !strchr(",#", *scan->rest.at)) {
        if (*scan->rest.at == '"') {
            if (!scan_quoted(scan))
                return "a quoted part has no closing '\"'";
            continue;
        }
        if (*scan->rest.at == '=' && !element->value) {
            *scan->out++ = '\0';
            element->value = scan->out;
        } else {
            *scan->out++ = *scan->rest.at;
        }
        scan->rest = span_skip(scan->rest, 1);
    }
    *scan->out++ = '\0';
    scan_separator(scan, element);
    return NULL;
}
