/* SPDX-License-Identifier: Apache-2.0 */
#include "common/attendance.h"

#include "common/check.h"

#define ID_MOST 255

struct words {
    char kind;
    char change;
    uint8_t is_websocket;
    uint8_t is_ssl;
    uint16_t route;
    uint8_t id_len;
    uint8_t unused;
    uint64_t number;
};

size_t attendance_size(const struct attendance *attendance)
{
    return sizeof(struct words) + attendance->id.len + attendance->peer.len;
}

static void put(char *at, struct span bytes)
{
    if (bytes.len)
        memcpy(at, bytes.at, bytes.len);
}

void attendance_write(char *out, const struct attendance *attendance)
{
    CHECK(attendance->id.len <= ID_MOST);
    const struct words words = {
        .kind = 'P',
        .change = attendance->is_more ? '+' : '-',
        .is_websocket = attendance->is_websocket,
        .is_ssl = attendance->is_ssl,
        .route = attendance->route,
        .id_len = (uint8_t)attendance->id.len,
        .number = attendance->number,
    };
    memcpy(out, &words, sizeof(words));
    put(out + sizeof(words), attendance->id);
    put(out + sizeof(words) + attendance->id.len, attendance->peer);
}

bool attendance_read(struct attendance *attendance, struct span bytes)
{
    struct words words;
    if (bytes.len < sizeof(words))
        return false;
    memcpy(&words, bytes.at, sizeof(words));
    struct span rest = span_skip(bytes, sizeof(words));
    if (words.kind != 'P' || words.id_len > rest.len)
        return false;
    *attendance = (struct attendance){
        .number = words.number,
        .is_more = words.change == '+',
        .is_websocket = words.is_websocket != 0,
        .is_ssl = words.is_ssl != 0,
        .route = words.route,
        .id = span(rest.at, words.id_len),
        .peer = span_skip(rest, words.id_len),
    };
    return true;
}
