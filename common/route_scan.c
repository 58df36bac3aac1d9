/* SPDX-License-Identifier: Apache-2.0 */
#include "common/route_scan.h"

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static char take(struct scan *scan)
{
    char byte = *scan->rest.at;
    scan->rest = span_skip(scan->rest, 1);
    return byte;
}

/* Copies what stands between quotes; the opening one was taken. */
static const char *scan_quoted(struct scan *scan)
{
    while (scan->rest.len) {
        char byte = take(scan);
        if (byte == '"')
            return NULL;
        if (byte == '\\') {
            if (!scan->rest.len || (*scan->rest.at != '"' && *scan->rest.at != '\\'))
                return "within quotes a backslash stands before another one, or before a quote";
            byte = take(scan);
        }
        *scan->out++ = byte;
    }
    return "a quote is opened and never closed";
}

/* A comment may stand anywhere outside quotes. */
static void skip_blank(struct scan *scan)
{
    while (scan->rest.len && is_space(*scan->rest.at))
        (void)take(scan);
    if (scan->rest.len && *scan->rest.at == '#')
        scan->rest.len = 0;
}

static void end_section(struct scan *scan, struct element *element)
{
    element->ends_section = true;
    skip_blank(scan);
}

const char *scan_element(struct scan *scan, struct element *element)
{
    *element = (struct element){.name = scan->out};
    while (scan->rest.len && !is_space(*scan->rest.at) && *scan->rest.at != '#') {
        char byte = take(scan);
        if (byte == ',') {
            *scan->out++ = '\0';
            return NULL;
        }
        if (byte == '"') {
            const char *why = scan_quoted(scan);
            if (why)
                return why;
        } else if (byte == '=' && !element->value) {
            *scan->out++ = '\0';
            element->value = scan->out;
        } else {
            *scan->out++ = byte;
        }
    }
    *scan->out++ = '\0';
    end_section(scan, element);
    return NULL;
}
