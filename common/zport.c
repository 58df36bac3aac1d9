/* SPDX-License-Identifier: Apache-2.0 */
#include "common/zport.h"

#include <stdio.h>

#include "common/http.h"

#define CONNECT SPAN("connect:")
#define TCP SPAN("tcp://")
#define IPC SPAN("ipc://")
#define KEY SPAN("key=")

/* Returns: NULL, or why not. */
static const char *read_key(struct zport *port, struct span word)
{
    if (!span_starts(word, KEY))
        return "behind the endpoint only key=KEY may stand";
    if (!port->is_connected)
        return "key= is for connect:, where it says whom to trust; our own is zmq_key";
    if (!curve_key_read(port->server_key, span_skip(word, KEY.len)))
        return "key= wants a CURVE public key, 40 characters of Z85";
    return NULL;
}

static const char *check_tcp(struct span address)
{
    const char *colon = memrchr(address.at, ':', address.len);
    if (!colon || colon == address.at || colon + 1 == address.at + address.len)
        return "tcp:// wants HOST:PORT";
    return NULL;
}

/* Only a person says localhost: ZeroMQ binds to numbers. */
static void write_text(struct zport *port, struct span text)
{
    struct span name = SPAN("tcp://localhost:");
    if (!port->is_connected && span_starts(text, name)) {
        struct span rest = span_skip(text, name.len);
        (void)snprintf(port->text, sizeof(port->text), "tcp://127.0.0.1:%.*s", (int)rest.len,
                       rest.at);
        return;
    }
    (void)snprintf(port->text, sizeof(port->text), "%.*s", (int)text.len, text.at);
}

const char *zport_read(struct zport *port, struct span text)
{
    *port = (struct zport){.is_connected = span_starts(text, CONNECT)};
    if (port->is_connected)
        text = span_skip(text, CONNECT.len);
    struct span word = text;
    text = span_cut(&word, ' ');
    word = span_trim(word);
    port->is_tcp = span_starts(text, TCP);
    if (!port->is_tcp && !span_starts(text, IPC))
        return "it begins neither with tcp:// or ipc://, nor with connect: and one of them";
    if (text.len == TCP.len) /* as long as IPC */
        return "it names no place";
    if (text.len >= sizeof(port->text) - IPC.len || !header_value_is_sound(text))
        return "it is too long, or holds a control character";
    const char *why = port->is_tcp ? check_tcp(span_skip(text, TCP.len)) : NULL;
    if (!why && word.len)
        why = read_key(port, word);
    write_text(port, text);
    return why;
}

bool zport_is_open(const struct zport *port)
{
    struct span text = span_of(port->text);
    return port->is_tcp && !port->is_connected && !span_starts(text, SPAN("tcp://127.")) &&
           !span_starts(text, SPAN("tcp://[::1]:"));
}
