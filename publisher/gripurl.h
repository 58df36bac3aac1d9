/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to publish and as whom, told in one URL as GRIP's libraries read it (GRIP_URL).
 *
 *     http://127.0.0.1:5561/?iss=me&key=changeme           signs a token (JWT) with the key
 *     https://api.fastly.com/service/ID?key=TOKEN          Authorization: Bearer TOKEN
 *     https://ann:secret@broker.example/                   Basic
 *     unix:/run/holdfast/control.sock                      through a Unix socket
 *     {"control_uri":"http://b:5561","control_iss":"me","key":"changeme"}
 *
 *        http://b:5561/base/?iss=me&key=s&region=eu
 *        <------ url ------>              <-------> kept
 *        http://b:5561/base/publish/?region=eu
 *
 * Only reads: what the key is worth is credential.h's to say. verify-key and
 * verify-iss, which are for whoever gets requests of the broker, are passed over.
 *
 * Thread: any; immutable once read.
 * Spec:   @fanoutio/grip 4 (parseGripUri, PublisherClient); decision 0015.
 */
#ifndef PUBLISHER_GRIPURL_H
#define PUBLISHER_GRIPURL_H

#include "common/base.h"
#include "common/span.h"

struct gripurl {
    char *url;      /* to POST to: its path ends in /publish/ */
    char *shown;    /* for people: the same without its query, so without secrets */
    char *socket;   /* path of a Unix socket to go through, or NULL */
    char *iss;      /* whom a token is to name, or NULL */
    char *key;      /* with iss: what to sign with; alone: the token itself; or NULL */
    char *user;     /* for Basic, or NULL */
    char *password; /* NULL without a user; "" where none was told */
};

/* Reads one of the forms above.
 * Returns: it (gripurl_free()), or NULL with `*why` set to a sentence that shows no secret;
 *          caller frees it. */
MUST_USE struct gripurl *gripurl_read(const char *text, char **why);

/* Put these in the place of whatever credential it told. */
void gripurl_set_bearer(struct gripurl *url, const char *token);
void gripurl_set_basic(struct gripurl *url, struct span user, struct span password);

/* Frees it and leaves no copy of its secrets behind. */
void gripurl_free(struct gripurl *url);

#endif
