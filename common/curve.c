/* SPDX-License-Identifier: Apache-2.0 */
#include "common/curve.h"

#include <czmq.h>

bool curve_key_read(char key[CURVE_TEXT], struct span text)
{
    uint8_t bytes[CURVE_BYTES];
    if (text.len != CURVE_TEXT - 1 || memchr(text.at, '\0', text.len))
        return false;
    memcpy(key, text.at, text.len);
    key[text.len] = '\0';
    return zmq_z85_decode(bytes, key) != NULL;
}

const char *curve_read(struct curve *curve, const char *path)
{
    *curve = (struct curve){0};
    zconfig_t *root = zconfig_load(path);
    if (!root)
        return "it cannot be read as a CURVE certificate";
    struct span public_key = span_of(zconfig_get(root, "curve/public-key", NULL));
    struct span secret_key = span_of(zconfig_get(root, "curve/secret-key", NULL));
    const char *why = NULL;
    if (!curve_key_read(curve->public_key, public_key))
        why = "it holds no curve/public-key of 40 characters of Z85";
    else if (secret_key.len && !curve_key_read(curve->secret_key, secret_key))
        why = "its curve/secret-key is not 40 characters of Z85";
    zconfig_destroy(&root);
    return why;
}
