/* SPDX-License-Identifier: Apache-2.0 */
#include "common/engine.h"

#include <stdlib.h>

#include <h2o/http1.h>
#include <h2o/http2.h>

#include "common/check.h"
#include "common/mem.h"

struct engine {
    h2o_globalconf_t conf;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    engine_request_fn *on_request;
    void *request_context;
};

/* h2o's handler object, with the way back to us. */
struct handler {
    h2o_handler_t h2o;
    struct engine *engine;
};

static int on_h2o_request(h2o_handler_t *h2o, h2o_req_t *request)
{
    struct engine *engine = container_of(h2o, struct handler, h2o)->engine;
    engine->on_request(engine->request_context, request);
    return 0;
}

struct engine *engine_new(struct loop *loop, uint64_t body_bytes, uint64_t wait_ms,
                          engine_request_fn *on_request, void *context)
{
    struct engine *engine = mem_new(sizeof(*engine));
    engine->on_request = on_request;
    engine->request_context = context;

    h2o_config_init(&engine->conf);
    engine->conf.server_name = (h2o_iovec_t){NULL, 0};
    engine->conf.max_request_entity_size = body_bytes + ENGINE_SLACK_BYTES;
    engine->conf.http1.req_timeout = wait_ms;
    /* Upgrade: h2c would bypass rawhead_check(); prior knowledge is seen in the first bytes. */
    engine->conf.http1.upgrade_to_http2 = 0;
    engine->conf.http2.idle_timeout = wait_ms;
    engine->conf.http2.graceful_shutdown_timeout = 1000;

    h2o_hostconf_t *host =
        h2o_config_register_host(&engine->conf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    host->http2.push_preload = 0; /* a Link of an origin asks nothing in a client's name */
    h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
    struct handler *handler = (void *)h2o_create_handler(path, sizeof(*handler));
    handler->engine = engine;
    handler->h2o.on_req = on_h2o_request;

    h2o_context_init(&engine->context, loop_h2o(loop), &engine->conf);
    engine->accept = (h2o_accept_ctx_t){.ctx = &engine->context, .hosts = engine->conf.hosts};
    return engine;
}

void engine_free(struct engine *engine)
{
    if (!engine)
        return;
    /* A shutdown waits a second for HTTP/2, also where there is no connection; h2o aborts when
     * its lists go while that wait stands on one. */
    h2o_timeout_unlink(&engine->context.http2._graceful_shutdown_timeout);
    h2o_multithread_queue_t *forgotten = engine->context.queue; /* by h2o 2.2.5, when disposing */
    h2o_context_dispose(&engine->context);
    free(forgotten);
    h2o_config_dispose(&engine->conf);
    free(engine);
}

void engine_serve_http1(struct engine *engine, h2o_socket_t *socket)
{
    h2o_http1_accept(&engine->accept, socket, *h2o_get_timestamp(&engine->context, NULL, NULL));
}

void engine_serve_http2(struct engine *engine, h2o_socket_t *socket)
{
    h2o_http2_accept(&engine->accept, socket, *h2o_get_timestamp(&engine->context, NULL, NULL));
}

void engine_shut_down(struct engine *engine)
{
    h2o_context_request_shutdown(&engine->context);
}
