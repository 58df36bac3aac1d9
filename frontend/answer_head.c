/* SPDX-License-Identifier: Apache-2.0 */
#include "frontend/answer_head.h"

#include <stdlib.h>

#include "common/check.h"
#include "common/http.h"
#include "common/mem.h"

#define STATUS_END 12 /* where "HTTP/1.1 200" ends */
#define MOST_INTERIMS 8
#define MOST_LENGTH_DIGITS 18 /* the largest Content-Length that fits an int64_t for sure */
#define MOST_KEPT_BYTES 8192  /* memory kept from one exchange to the next */

void answer_head_init(struct answer_head *head, const struct limits *limits)
{
    *head = (struct answer_head){.limits = limits};
}

void answer_head_done(struct answer_head *head)
{
    buf_done(&head->text);
    free(head->headers);
    head->headers = NULL;
    head->header_room = 0;
}

void answer_head_clear(struct answer_head *head)
{
    struct answer_head old = *head;
    if (old.text.room > MOST_KEPT_BYTES)
        buf_done(&old.text);
    buf_clear(&old.text);
    *head = (struct answer_head){
        .limits = old.limits,
        .may_switch = old.may_switch,
        .text = old.text,
        .headers = old.headers,
        .header_room = old.header_room,
    };
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *read_status_line(struct answer_head *head, struct span line)
{
    if (line.len < STATUS_END || !span_starts(line, SPAN("HTTP/1.")) || line.at[8] != ' ')
        return "the answer does not begin with HTTP/1.0 or HTTP/1.1 and a status";
    if (line.at[7] != '0' && line.at[7] != '1')
        return "the answer is of an unknown HTTP version";
    const char *digits = line.at + 9;
    if (!is_digit(digits[0]) || !is_digit(digits[1]) || !is_digit(digits[2]) ||
        (line.len > STATUS_END && line.at[STATUS_END] != ' '))
        return "the status of the answer is not three digits";
    if (!header_value_is_sound(span_skip(line, STATUS_END)))
        return "the reason phrase of the answer holds a control character";

    head->is_http_1_0 = line.at[7] == '0';
    head->status = (unsigned)((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0');
    if (head->status == 101 && !head->may_switch)
        return "the origin switched protocols without being asked";
    if (head->status < 100 || head->status > 599)
        return "the status of the answer is not between 100 and 599";
    return NULL;
}

static bool is_plain_length(struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!is_digit(value.at[i]))
            return false;
    return value.len > 0 && value.len <= MOST_LENGTH_DIGITS;
}

/* Where the body ends must have one meaning only. */
static const char *check_framing(struct answer_head *head, const struct header *header)
{
    if (span_equal_nocase(header->name, SPAN("Content-Length"))) {
        if (head->has_length)
            return "the answer has two Content-Length headers";
        if (!is_plain_length(header->value))
            return "the Content-Length of the answer is not a plain number";
        head->has_length = true;
    }
    if (span_equal_nocase(header->name, SPAN("Transfer-Encoding"))) {
        if (head->has_coding)
            return "the answer has two Transfer-Encoding headers";
        if (!span_equal_nocase(header->value, SPAN("chunked")))
            return "the Transfer-Encoding of the answer is not chunked";
        if (head->is_http_1_0)
            return "the answer has a Transfer-Encoding under HTTP/1.0";
        head->has_coding = true;
    }
    if (head->has_length && head->has_coding)
        return "the answer has both Content-Length and Transfer-Encoding";
    return NULL;
}

static struct header split(struct span line)
{
    struct header header;
    header.name = span_cut(&line, ':');
    header.value = span_trim(line);
    return header;
}

static const char *read_header(struct answer_head *head, struct span line)
{
    if (line.at[0] == ' ' || line.at[0] == '\t')
        return "a header of the answer is folded over two lines";
    if (!memchr(line.at, ':', line.len))
        return "a header line of the answer has no colon";
    struct header header = split(line);
    if (!header_name_is_sound(header.name))
        return "a header name of the answer is not a token";
    if (!header_value_is_sound(header.value))
        return "a header value of the answer holds a control character";
    return check_framing(head, &header);
}

static void begin_part(struct answer_head *head, enum answer_head_part part)
{
    head->part = part;
    head->bytes = head->lines = 0;
}

static const char *end_head(struct answer_head *head)
{
    if (head->status >= 200 || head->status == 101) {
        begin_part(head, AT_TRAILERS);
        return NULL;
    }
    if (++head->interims > MOST_INTERIMS)
        return "the origin sent too many interim answers";
    buf_clear(&head->text);
    head->has_length = head->has_coding = false;
    begin_part(head, AT_STATUS_LINE);
    return NULL;
}

static const char *count_line(struct answer_head *head, size_t len)
{
    head->bytes += len;
    head->lines++;
    if (head->bytes > head->limits->answer_head_bytes)
        return "the head of the answer is larger than answer_head_bytes";
    if (head->lines > head->limits->answer_headers + 2) /* status line and empty line */
        return "the answer has more header lines than answer_headers";
    return NULL;
}

static const char *read_line(struct answer_head *head, struct span line)
{
    const char *fault = count_line(head, line.len);
    if (fault || head->part == AT_TRAILERS)
        return fault;
    if (line.len < 2 || line.at[line.len - 2] != '\r' || line.at[line.len - 1] != '\n')
        return "a line of the answer's head does not end in CR LF";
    line.len -= 2;

    if (head->part == AT_STATUS_LINE)
        fault = read_status_line(head, line);
    else if (line.len == 0)
        return end_head(head);
    else
        fault = read_header(head, line);
    if (fault)
        return fault;
    head->part = AT_HEADERS;
    buf_append(&head->text, line);
    buf_append(&head->text, SPAN("\n"));
    return NULL;
}

enum answer_head_result answer_head_line(struct answer_head *head, struct span line)
{
    bool was_whole = answer_head_is_whole(head);
    if (!head->fault)
        head->fault = read_line(head, line);
    if (head->fault)
        return ANSWER_HEAD_BAD;
    return answer_head_is_whole(head) && !was_whole ? ANSWER_HEAD_WHOLE : ANSWER_HEAD_MORE;
}

void answer_head_answer(struct answer_head *head, struct answer *answer)
{
    CHECK(answer_head_is_whole(head));
    struct span rest = buf_span(&head->text);
    struct span status_line = span_cut(&rest, '\n');
    CHECK(status_line.len >= STATUS_END);
    size_t count = 0;
    while (rest.len) {
        if (count == head->header_room) {
            head->header_room = count ? count * 2 : 16;
            head->headers = mem_grow(head->headers, head->header_room, sizeof(*head->headers));
        }
        head->headers[count++] = split(span_cut(&rest, '\n'));
    }
    *answer = (struct answer){
        .status = head->status,
        .reason = span_trim(span_skip(status_line, STATUS_END)),
        .headers = head->headers,
        .header_count = count,
        .body = SPAN(""),
    };
}
