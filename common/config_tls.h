/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files TLS is made of, as absolute paths; what stands in them is read by
 * common/credentials.h.
 *
 * Thread: main's.
 */
#ifndef COMMON_CONFIG_TLS_H
#define COMMON_CONFIG_TLS_H

#include "common/config_draft.h"

void config_tls_read(struct draft *draft);

/* Frees what config_tls_read() put into `config`. */
void config_tls_done(struct config *config);

#endif
