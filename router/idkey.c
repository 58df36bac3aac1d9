/* SPDX-License-Identifier: Apache-2.0 */
#include "router/idkey.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct idkey idkey_of(uint64_t channel, struct span id)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(id.at, id.len, channel);
    return (struct idkey){channel, hash.low64, hash.high64};
}
