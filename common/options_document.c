/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/configuration.md, from the tables: holdfast document > docs/configuration.md.
 * A test keeps the committed file equal to this.
 */
#include <stdlib.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/options.h"
#include "common/quantity.h"

static const char head[] =
    "# Configuration\n"
    "\n"
    "<!-- Made by `holdfast document` from common/options.def and common/limits.def. -->\n"
    "\n"
    "holdfast runs without any configuration: it then takes clients on 127.0.0.1:7999, publishers\n"
    "on 127.0.0.1:5561, and answers with a built-in demo. Everything below changes that.\n"
    "\n"
    "    holdfast [VERB] [FLAGS]\n"
    "\n"
    "| verb | does |\n"
    "|---|---|\n"
#define VERB(name, id, help) "| `" #name "` | " help " |\n"
#include "common/verbs.def"
    "\n"
    "## Sources\n"
    "\n"
    "In rising precedence: the defaults, the YAML file of `--config FILE` (or of the variable\n"
    "`HOLDFAST_CONFIG`), variables `HOLDFAST_*`, flags. A source of higher precedence replaces an\n"
    "option as a whole, lists included. `holdfast --print-config` shows each value in force and\n"
    "who set it.\n"
    "\n"
    "- In the file a list is a YAML list. A flag of a list is repeated. A variable separates the\n"
    "  parts of a list by commas or line ends, `HOLDFAST_ROUTE` by line ends only.\n"
    "- A variable `HOLDFAST_...` that is no option is a fault, except for those that Kubernetes\n"
    "  makes from the name of a service.\n"
    "- Relative paths start from where they are written: in the file from its directory, in a\n"
    "  routes file from that one's, in flags and variables from the working directory.\n"
    "- Secrets need not stand on the command line: give `file:PATH`, a variable, or the file.\n"
    "- Faults are all told at once, each with its place (`holdfast.yaml:3`, `HOLDFAST_WORKERS`,\n"
    "  `--workers`), and holdfast does not start. `holdfast check` stops there in any case.\n"
    "\n"
    "An example to start from is [deploy/holdfast.yaml](../deploy/holdfast.yaml).\n";

static const char routes[] =
    "\n"
    "## Route lines\n"
    "\n"
    "    CONDITION TARGET [TARGET...]    # comment\n"
    "\n"
    "    * localhost:3000,over_http\n"
    "    api.example.com,path_beg=/v2,id=v2 backend:443,ssl spare:443,ssl\n"
    "\n"
    "The grammar is Pushpin's: sections separated by spaces, parameters by commas, `\"...\"`\n"
    "quotes any part. The rules of the exact host are asked, port stripped; `*` only for hosts\n"
    "without a rule of their own. Among the rules of a host a given `proto` wins over none, then\n"
    "the longer `path_beg`, then a given `ssl`. The targets are tried in order; only a failure to\n"
    "connect moves on to the next.\n"
    "\n"
    "| of the condition | meaning |\n"
    "|---|---|\n"
    "| `HOST`, `*` or nothing | the host; any other host; reachable by its id only |\n"
    "| `proto=http` or `ws` | only HTTP requests, or only WebSockets |\n"
    "| `ssl=yes` or `no` | only clients with TLS, or only those without |\n"
    "| `path_beg=/p` | only paths that begin so (percent-encoded, as sent) |\n"
    "| `id=ID` | a name for the route |\n"
    "| `sig_iss=ISS`, `sig_key=KEY` | Grip-Sig for this route |\n"
    "| `prefix=P` | put before each channel that its origin names |\n"
    "| `as_host=HOST[:PORT]` | replaces the host of the request |\n"
    "| `path_rem=N` | takes N bytes off the front of the path |\n"
    "| `replace_beg=/x` | stands in for `path_beg`; without one it is put before the path |\n"
    "| `header=NAME:VALUE` | sets a request header; deletes it without VALUE; repeatable |\n"
    "| `debug` | error answers tell clients the reason |\n"
    "| `aco` | answers carry CORS headers |\n"
    "| `no_grip` | a plain proxy: no signature, no instructions |\n"
    "\n"
    "| of a target | meaning |\n"
    "|---|---|\n"
    "| `HOST[:PORT]`, `[V6][:PORT]` | the origin; the port is 80, or 443 with `ssl` |\n"
    "| `demo` (or `test`) | the built-in demo |\n"
    "| `ssl` | TLS to the origin |\n"
    "| `insecure` | its certificate is not verified |\n"
    "| `trust_connect_host` | its certificate is verified against HOST, not the Host sent |\n"
    "| `host=HOST[:PORT]` | Host (and TLS name) sent instead of the client's |\n"
    "| `over_http` | WebSockets travel as WebSocket-over-HTTP |\n"
    "| `one_event` | one WebSocket event in each request |\n"
    "| `auto_pong` | pings of clients are answered here |\n"
    "| `sub=CHANNEL` | a channel that each hold joins besides; repeatable |\n"
    "\n"
    "JSON-P, SockJS, sessions, ZeroMQ targets, `orig_headers`, `log_level`, `untrusted`,\n"
    "`client_cert` and `client_key` (see `origin_certificate`) are not offered: a line that asks "
    "for\n"
    "them is a fault, or skipped with a warning in a Pushpin routes file. So is a second route "
    "with\n"
    "the same condition or id.\n";

static const char publishers[] =
    "\n"
    "## Publisher lines\n"
    "\n"
    "    NAME token=TOKEN,channels=PREFIX    # comment\n"
    "\n"
    "    news token=file:news-token,channels=news-,channels=sport-\n"
    "    shop key=file:shop.pem,iss=shop,aud=holdfast\n"
    "\n"
    "The name (letters, digits, `.`, `_`, `-`) stands in the log and in the counters\n"
    "`holdfast_publisher_..._total{publisher=\"NAME\"}`; those of `publish_tokens` are `token`, "
    "and\n"
    "`anyone` where nobody has to show anything. Commas or spaces separate, `\"...\"` quotes any "
    "part.\n"
    "\n"
    "| of a publisher | meaning |\n"
    "|---|---|\n"
    "| `token=TOKEN`, `token=file:PATH` | a token, as `publish_tokens` has them; repeatable |\n"
    "| `key=KEY` | the key of its JSON Web Tokens: a secret, `base64:SECRET`, or `file:PATH` of a "
    "PEM key, a JSON Web Key or a secret in hexadecimal; repeatable |\n"
    "| `iss=ISS` | they must name this issuer |\n"
    "| `aud=AUD` | they must name this audience; without it they must name none |\n"
    "| `channels=PREFIX` | it may publish to channels that begin so; repeatable; without it to all "
    "|\n"
    "\n"
    "A token is sent as `Fastly-Key`, as `Authorization: Bearer`, or as the password of\n"
    "`Authorization: Basic`, whose user is not looked at. So is a JSON Web Token: HS256 where the "
    "key\n"
    "is a secret, ES256 for EC P-256, RS256 for RSA, never what the token says; it must name an "
    "`exp`\n"
    "that is not over, and no `nbf` that is to come. Which key it is meant for follows from its\n"
    "issuer and its `kid`, so keys of one kind must differ in one of them.\n";

static const char zmq[] =
    "\n"
    "## What the ZeroMQ sockets speak\n"
    "\n"
    "Pushpin's words, for those who have tools for Pushpin. A message is JSON behind a `J`, or a\n"
    "tnetstring, with or without a `T` before it. In a tnetstring `content` and `body` are bytes "
    "as\n"
    "they are, and so is `content-bin` of a `ws-message`.\n"
    "\n"
    "| socket | speaks |\n"
    "|---|---|\n"
    "| `zmq_pull` | one item in each message |\n"
    "| `zmq_sub` | two frames: the channel, an item; publishers bind or connect PUB or XPUB |\n"
    "| `zmq_command` | `publish`, `recover`, `refresh` of a channel or a connection, `conncheck`, "
    "`get-zmq-uris`; to all else `method-not-found` |\n"
    "| `zmq_stats` | `sub`, `conn`, `message`, `activity`, `counts`, `report`, by route where it "
    "has an `id=` |\n"
    "\n"
    "- There are no tokens: `publish_tokens` and `publishers` are for HTTP. Whoever can connect "
    "may\n"
    "  publish to every channel.\n"
    "- While the broker has no room it does not read, and ZeroMQ holds publishers back. A message\n"
    "  that makes no sense is logged and counted (`holdfast_zmq_refused_total`), and nobody else\n"
    "  notices. ZeroMQ confirms nothing: what has not been read when holdfast ends is lost. Who "
    "must\n"
    "  know publishes by HTTP.\n"
    "- The id of a WebSocket is the `Connection-Id` that its origin is told; where the origin "
    "speaks\n"
    "  WebSocket itself, only `conn` tells it. The id of a request is the name of the broker and "
    "a\n"
    "  number, and stays the same while a long-poll is put to its origin again. `refresh` by "
    "`cid`\n"
    "  is for WebSockets; `conncheck` knows both.\n"
    "- `conn` tells of each request and each WebSocket from when its origin is asked until it has "
    "its\n"
    "  answer or its hold has ended: that it is there, at least every 90 seconds (`ttl` is 120), "
    "and\n"
    "  that it is gone. A broker that stops says so of all. `zmq_stats_connections: no` switches "
    "it\n"
    "  off.\n"
    "- Stats: `message` comes for each item and format that anybody heard. `activity` counts "
    "requests,\n"
    "  keep-alives, and each minute of a WebSocket in which messages came. `sent` are deliveries,\n"
    "  `received` the items that anybody on the route heard, and for routes without an `id=` all "
    "items;\n"
    "  `connections` are the most at the same time. Bytes are estimates, as in Pushpin: of a head "
    "its\n"
    "  words, names and values. There are no blocks: a message is never counted in parts.\n"
    "- Publishers are told of a channel when its first client comes, and that it is over when "
    "none\n"
    "  has come back for `zmq_linger_ms`.\n"
    "\n"
    "## ZeroMQ with CURVE\n"
    "\n"
    "Every party has a pair of keys, and knows the public ones of those it speaks to. With\n"
    "Debian's python3-zmq a pair is made by\n"
    "\n"
    "    python3 -c 'import zmq.auth; zmq.auth.create_certificates(\".\", \"broker\")'\n"
    "\n"
    "as `broker.key`, which is public, and `broker.key_secret`, which is not. On the broker:\n"
    "\n"
    "    zmq_pull:\n"
    "      - tcp://*:5560\n"
    "    zmq_key: broker.key_secret\n"
    "    zmq_client_keys:\n"
    "      - file:app.key\n"
    "\n"
    "On a publisher, which has `app.key_secret` and `broker.key`:\n"
    "\n"
    "    import zmq, zmq.auth\n"
    "    push = zmq.Context().socket(zmq.PUSH)\n"
    "    push.curve_publickey, push.curve_secretkey = "
    "zmq.auth.load_certificate(\"app.key_secret\")\n"
    "    push.curve_serverkey, _ = zmq.auth.load_certificate(\"broker.key\")\n"
    "    push.connect(\"tcp://broker.example.com:5560\")\n"
    "    push.send(b'J{\"channel\":\"test\",\"formats\":{\"http-stream\":{\"content\":\"hi\"}}}')\n"
    "\n"
    "Who is not on the list is refused, with a line in the log that holds its public key.\n";

static const char limits[] =
    "\n"
    "## Limits\n"
    "\n"
    "In the file they stand in the mapping `limits`, as a flag they are `--limit NAME=VALUE`,\n"
    "as a variable `HOLDFAST_LIMIT_NAME`. Bytes may be written `16MiB`, `64KiB` or plain, times\n"
    "`5s`, `250ms`, `2min`, `1h` or as plain milliseconds.\n"
    "\n"
    "| limit | default | least | most | what happens beyond it |\n"
    "|---|---|---|---|---|\n";

/* Writes prose in which nothing is markup. */
static void print_prose(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '|' || *text == '*')
            (void)fputc('\\', out);
        (void)fputc(*text, out);
    }
}

static void document_option(const struct option_row *row, FILE *out)
{
    char *variable = option_variable(row);
    bool in_file = row->kind != KIND_FLAG_ONLY;

    (void)fprintf(out, "\n### %s\n\n", in_file ? row->key : row->flag);
    (void)fprintf(out, "`--%s %s`, `%s`%s%s%s%s\n\n", row->flag, row->argument, variable,
                  in_file ? ", in the file `" : "", in_file ? row->key : "", in_file ? "`" : "",
                  row->is_list ? ", a list" : "");
    print_prose(row->help, out);
    (void)fputs(".\n", out);
    if (*row->fallback)
        (void)fprintf(out, "Default: `%s`.\n", row->fallback);
    free(variable);
}

static void document_limit(const struct limit_row *row, FILE *out)
{
    char *fallback = quantity_text(row->fallback, row->unit);
    char *least = quantity_text(row->least, row->unit);
    char *most = quantity_text(row->most, row->unit);

    (void)fprintf(out, "| `%s` | %s | %s | %s | ", row->name, fallback, least, most);
    print_prose(row->beyond, out);
    (void)fputs(" |\n", out);
    free(fallback);
    free(least);
    free(most);
}

void options_document(FILE *out)
{
    static const char *const titles[] = {
        [GROUP_ADDRESSES] = "Addresses",   [GROUP_ROUTES] = "Routes", [GROUP_ORIGINS] = "Origins",
        [GROUP_PUBLISHING] = "Publishing", [GROUP_ZMQ] = "ZeroMQ",    [GROUP_RUNNING] = "Running",
    };
    enum option_group group = GROUP_SOURCES; /* its title stands in the head */

    (void)fputs(head, out);
    for (size_t i = 0; i < OPTION_LIMITS; i++) {
        if (option_rows[i].group != group)
            (void)fprintf(out, "\n## %s\n", titles[option_rows[i].group]);
        group = option_rows[i].group;
        document_option(&option_rows[i], out);
    }
    (void)fputs(routes, out);
    (void)fputs(publishers, out);
    (void)fputs(zmq, out);
    (void)fputs(limits, out);
    for (size_t i = 0; i < limit_row_count; i++)
        document_limit(&limit_rows[i], out);
}
