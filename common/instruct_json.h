/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON form of an instruction: the body of application/grip-instruct.
 *
 *     {"hold": {"mode": "stream", "channels": [{"name": "a", "prev-id": "3"}],
 *               "keep-alive": {"content": "\n", "timeout": 20}},
 *      "response": {"headers": {"Content-Type": "text/plain"}, "body": "hi\n"}}
 *
 * Thread: any.
 * Spec:   GRIP 2.4.
 */
#ifndef COMMON_INSTRUCT_JSON_H
#define COMMON_INSTRUCT_JSON_H

#include "common/instruct_reading.h"

/* Reads the answer's body over what its headers told: channels and metadata are added, all
 * else is replaced; the answer for the client is the JSON's alone.
 * Returns: false where something is wrong; `reading` says why. */
MUST_USE bool instruct_read_json(struct reading *reading);

#endif
