/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The carrier of a hold whose request is still h2o's.
 *
 * Every hold begins here: its head goes out through h2o. An HTTP/1 request
 * then leaves for a socket of our own (raw.h); an HTTP/2 stream stays, since
 * h2o puts all streams of a connection into one write.
 *
 * h2o allows one send at a time and refers to its bytes until it asks for
 * more (proceed): what it is sending stays at the front of hold->out. It may
 * also say that the client left (stop); the request is gone then.
 *
 * Thread: its frontend's.
 */
#ifndef FRONTEND_INNER_H
#define FRONTEND_INNER_H

#include "common/base.h"

struct hold;

/* Starts the answer of hold->request, whose status and headers are set, and sends its head with
 * what is already queued. hold_started() is called when the head is out. */
void inner_start(struct hold *hold);

#endif
