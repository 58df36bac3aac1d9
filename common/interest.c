/* SPDX-License-Identifier: Apache-2.0 */
#include "common/interest.h"

enum { KIND, FORMAT, CHANGE, CHANNEL };

size_t interest_size(const struct interest *interest)
{
    return CHANNEL + interest->channel.len;
}

void interest_write(char *out, const struct interest *interest)
{
    out[KIND] = 'I';
    out[FORMAT] = (char)interest->format;
    out[CHANGE] = interest->is_more ? '+' : '-';
    memcpy(out + CHANNEL, interest->channel.at, interest->channel.len);
}

bool interest_read(struct interest *interest, struct span bytes)
{
    if (bytes.len <= CHANNEL || bytes.at[KIND] != 'I' || (unsigned)bytes.at[FORMAT] >= FORMAT_COUNT)
        return false;
    *interest = (struct interest){.format = (enum format_kind)bytes.at[FORMAT],
                                  .is_more = bytes.at[CHANGE] == '+',
                                  .channel = span_skip(bytes, CHANNEL)};
    return true;
}
