/* SPDX-License-Identifier: Apache-2.0 */
#include "router/command.h"

#include "common/jsonvalue.h"
#include "common/mem.h"
#include "common/tnetstring.h"
#include "publisher/message.h"

/* Returns: NULL, or why the request cannot be answered. */
static const char *read_fields(struct command *command)
{
    json_t *method = json_object_get(command->json, "method");
    json_t *id = json_object_get(command->json, "id");
    json_t *args = json_object_get(command->json, "args");
    if (!json_is_object(command->json))
        return "The request is not a map.";
    if (!json_is_string(method))
        return "The request has no method that is a byte string.";
    if (id && !json_is_string(id))
        return "The request has an id that is no byte string.";
    if (args && !json_is_null(args) && !json_is_object(args))
        return "The request has args that are no map.";
    command->method = json_span(method);
    if (id)
        command->id = json_span(id);
    if (!json_is_object(args)) {
        args = json_object();
        (void)json_object_set_new_nocheck(command->json, "args", args);
    }
    command->args = args;
    return NULL;
}

bool command_read(struct command *command, struct span text, const struct limits *limits,
                  char **why)
{
    *command = (struct command){0};
    command->json = message_read_tnetstring(text, limits, why);
    if (!command->json)
        return false;
    const char *fault = read_fields(command);
    if (!fault)
        return true;
    *why = mem_printf("%s", fault);
    command_done(command);
    return false;
}

void command_done(struct command *command)
{
    json_decref(command->json);
    *command = (struct command){0};
}

/* Returns: a reply without what it says. */
static json_t *begin_reply(const struct command *command, bool is_success)
{
    json_t *reply = json_object();
    if (command->id.at)
        (void)json_object_set_new_nocheck(reply, "id",
                                          json_stringn_nocheck(command->id.at, command->id.len));
    (void)json_object_set_new_nocheck(reply, "success", json_boolean(is_success));
    return reply;
}

/* Takes: `reply`. */
static void write_reply(struct buf *out, json_t *reply)
{
    tnetstring_write(out, reply);
    json_decref(reply);
}

void command_reply(struct buf *out, const struct command *command, json_t *value)
{
    json_t *reply = begin_reply(command, true);
    (void)json_object_set_new_nocheck(reply, "value", value);
    write_reply(out, reply);
}

void command_refuse(struct buf *out, const struct command *command, const char *condition,
                    const char *text)
{
    json_t *reply = begin_reply(command, false);
    (void)json_object_set_new_nocheck(reply, "condition", json_string_nocheck(condition));
    if (text)
        (void)json_object_set_new_nocheck(reply, "value", json_string_nocheck(text));
    write_reply(out, reply);
}
