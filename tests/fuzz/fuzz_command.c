/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever is taken for a command can be answered, and the answer is a
 * tnetstring that repeats its id.
 */
#include <stdint.h>
#include <stdlib.h>

#include "common/check.h"
#include "common/jsonvalue.h"
#include "common/tnetstring.h"
#include "router/command.h"

#define NESTED_MOST 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct limits limits;
    struct command command;
    char *why = NULL;
    limits_init(&limits);
    bool is_command = command_read(&command, span((const char *)data, size), &limits, &why);
    CHECK(is_command == !why);
    free(why);
    if (!is_command)
        return 0;
    CHECK(command.method.at && json_is_object(command.args));
    struct buf reply = {0};
    command_refuse(&reply, &command, "bad-request", "no");
    const char *fault;
    json_t *read = tnetstring_read(buf_span(&reply), NESTED_MOST, &fault);
    CHECK(read);
    if (command.id.at)
        CHECK(span_equal(json_span(json_object_get(read, "id")), command.id));
    json_decref(read);
    buf_done(&reply);
    command_done(&command);
    return 0;
}
