/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of the two inproc sockets between the router and the frontends.
 *
 *     router XPUB  bus_down  ---> SUB  frontend   publications, questions
 *     router PULL  bus_up    <--- PUSH frontend   interest, answers
 *
 * No high-water mark on either: what waits is counted (stats bus_*) and
 * publishers are made to wait, so that nothing accepted is dropped here.
 *
 * Thread: any. A frontend's SUB and PUSH live on its own thread.
 * Spec:   docs/decisions/0002.
 */
#ifndef COMMON_BUS_H
#define COMMON_BUS_H

#define BUS_DOWN "inproc://bus-down"
#define BUS_UP "inproc://bus-up"

#endif
