/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher/command_settle.h"

#include <string.h>

#include "common/mem.h"

#define USUAL_SERVER SPAN("http://127.0.0.1:5561")

void command_add_server(struct command_servers *servers, char *text)
{
    servers->at = mem_grow(servers->at, servers->count + 1, sizeof(char *));
    servers->at[servers->count++] = text;
}

void command_add_pair(struct command_pairs *pairs, struct span name, struct span value)
{
    pairs->at = mem_grow(pairs->at, pairs->count + 1, sizeof(*pairs->at));
    pairs->at[pairs->count++] = (struct header){name, value};
}

/* Finds where the content comes from, and that there is some where there has to be. */
static const char *settle_content(struct command_line *line, const char *content)
{
    bool is_action = line->message.action != ACTION_SEND;
    if (is_action && (content || line->message.is_patch))
        return "--hint, --close and --refresh have no CONTENT";
    if (!is_action && !content)
        return "CONTENT is missing: words, @FILE, or - for lines of standard input";
    line->source = SOURCE_WORDS;
    line->content = content;
    if (is_action) {
        line->source = SOURCE_NONE;
    } else if (!line->is_text && strcmp(content, "-") == 0) {
        line->source = SOURCE_LINES;
    } else if (!line->is_text && *content == '@') {
        line->source = SOURCE_FILE;
        line->content = content + 1;
    }
    line->message.is_line = !line->has_no_eol && line->source != SOURCE_FILE;
    return NULL;
}

static const char *settle_order(struct command_line *line)
{
    bool is_stream = line->source == SOURCE_LINES;
    if (line->id && line->rules.has_no_ids)
        return "only one of --id and --no-id can be given";
    line->rules.is_chain = is_stream && !line->rules.has_no_ids;
    if (line->id && is_stream)
        line->rules.first_id = line->id;
    else if (line->id)
        line->message.id = span_of(line->id);
    return NULL;
}

static void settle_message(struct command_line *line)
{
    struct publication *message = &line->message;
    if (line->sender)
        command_add_pair(&line->meta, SPAN("sender"), span_of(line->sender));
    message->headers = line->headers.at;
    message->header_count = line->headers.count;
    message->meta = line->meta.at;
    message->meta_count = line->meta.count;
    if (message->event.at)
        message->is_event = true;
}

/* A word is a server; only JSON holds spaces of its own. */
static void split_servers(struct command_servers *servers, const char *text)
{
    static const char blanks[] = " \t\r\n";
    text += strspn(text, blanks);
    while (*text) {
        size_t len = *text == '{' ? strlen(text) : strcspn(text, blanks);
        command_add_server(servers, mem_copy(text, len));
        text += len;
        text += strspn(text, blanks);
    }
}

static void settle_servers(struct command_servers *servers, const char *grip_url)
{
    if (!servers->count && grip_url)
        split_servers(servers, grip_url);
    if (!servers->count)
        command_add_server(servers, mem_copy(USUAL_SERVER.at, USUAL_SERVER.len));
}

/* FILE[,KEYFILE]. */
static void settle_certificate(struct command_line *line)
{
    if (!line->cert)
        return;
    struct span key = span_of(line->cert);
    struct span file = span_cut(&key, ',');
    line->cert_file = mem_copy(file.at, file.len);
    line->rules.post.cert_file = line->cert_file;
    line->rules.post.key_file = key.len ? key.at : line->cert_file;
}

const char *command_settle(struct command_line *line, const char *channel, const char *content,
                           const char *grip_url)
{
    if (!channel)
        return "CHANNEL is missing";
    line->message.channel = span_of(channel);
    const char *why = settle_content(line, content);
    if (!why)
        why = settle_order(line);
    if (why)
        return why;
    settle_message(line);
    settle_servers(&line->servers, grip_url);
    settle_certificate(line);
    line->rules.post.proxy = line->proxy;
    if (line->proxy && !post_proxy_is_sound(line->proxy))
        return "--proxy is no URL of a proxy: write for example http://HOST:3128";
    return NULL;
}
