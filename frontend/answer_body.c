/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/answer_body.h"

#include "common/escape.h"

#define MOST_SIZE_DIGITS 15 /* of a chunk: fits an int64_t */
#define MOST_SIZE_LINE 256  /* bytes, extensions included */

static uint64_t number(struct span digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.len; i++)
        value = value * 10 + (uint64_t)(digits.at[i] - '0');
    return value;
}

void answer_body_init(struct answer_body *body, const struct answer *answer)
{
    struct span length = answer_header(answer, SPAN("Content-Length"));
    *body = (struct answer_body){.part = AT_OPEN_DATA};
    if (answer->status < 200 || answer->status == 204 || answer->status == 304) {
        body->part = AT_BODY_END;
    } else if (answer_header(answer, SPAN("Transfer-Encoding")).at) {
        body->is_chunked = true;
        body->part = AT_SIZE;
    } else if (length.at) {
        body->left = number(length);
        body->part = body->left ? AT_DATA : AT_BODY_END;
    }
}

static const char *read_size(struct answer_body *body, char c)
{
    int digit = hex_value(c);
    if (digit >= 0) {
        body->left = body->left * 16 + (unsigned)digit;
        return body->size_line > MOST_SIZE_DIGITS ? "a chunk of the answer is too large" : NULL;
    }
    if (body->size_line == 1 || (c != '\r' && c != ';' && c != ' ' && c != '\t'))
        return "the size of a chunk of the answer is not hexadecimal";
    body->part = c == '\r' ? AT_SIZE_LF : AT_EXTENSION;
    return NULL;
}

static const char *expect(struct answer_body *body, char c, char expected,
                          enum answer_body_part next)
{
    if (c != expected)
        return "a chunk of the answer does not end where it should";
    body->part = next;
    return NULL;
}

/* Reads one byte of what stands between the data of chunks. */
static const char *read_between(struct answer_body *body, char c)
{
    if (body->part == AT_DATA_CR)
        return expect(body, c, '\r', AT_DATA_LF);
    if (body->part == AT_DATA_LF) {
        body->size_line = 0;
        return expect(body, c, '\n', AT_SIZE);
    }
    if (++body->size_line > MOST_SIZE_LINE)
        return "the line before a chunk of the answer is too long";
    if (body->part == AT_SIZE)
        return read_size(body, c);
    if (body->part == AT_SIZE_LF)
        return expect(body, c, '\n', body->left ? AT_DATA : AT_BODY_END);
    if (c == '\n')
        return "a chunk of the answer does not begin behind CR LF";
    if (c == '\r')
        body->part = AT_SIZE_LF;
    return NULL;
}

static struct span take_data(struct answer_body *body, struct span *rest)
{
    size_t len = rest->len;
    if (body->part == AT_DATA) {
        len = body->left < len ? (size_t)body->left : len;
        body->left -= len;
        if (!body->left)
            body->part = body->is_chunked ? AT_DATA_CR : AT_BODY_END;
    }
    struct span piece = span(rest->at, len);
    *rest = span_skip(*rest, len);
    return piece;
}

enum answer_body_result answer_body_read(struct answer_body *body, struct span *rest,
                                         struct span *piece)
{
    *piece = span("", 0);
    while (rest->len && !piece->len && !body->fault && body->part != AT_BODY_END) {
        if (body->part == AT_DATA || body->part == AT_OPEN_DATA) {
            *piece = take_data(body, rest);
        } else {
            body->fault = read_between(body, rest->at[0]);
            *rest = span_skip(*rest, 1);
        }
    }
    if (body->fault)
        return ANSWER_BODY_BAD;
    return body->part == AT_BODY_END ? ANSWER_BODY_WHOLE : ANSWER_BODY_MORE;
}

bool answer_body_may_end(const struct answer_body *body)
{
    return body->part == AT_OPEN_DATA || body->part == AT_BODY_END;
}
