/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive doubly linked list; a node knows whether it is linked.
 *
 *     head <-> node <-> node <-> head        an unlinked node: next == NULL
 *
 * Thread: whoever owns the head.
 */
#ifndef COMMON_LIST_H
#define COMMON_LIST_H

#include <stdbool.h>

#include "common/base.h"
#include "common/check.h"

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *head)
{
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
    return head->next == head;
}

static inline bool list_is_linked(const struct list *node)
{
    return node->next != NULL;
}

static inline void list_append(struct list *head, struct list *node)
{
    CHECK(!list_is_linked(node));
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* Takes `node` off whatever list it is on; an unlinked node stays as it is. */
static inline void list_unlink(struct list *node)
{
    if (!list_is_linked(node))
        return;
    node->prev->next = node->next;
    node->next->prev = node->prev;
    node->next = node->prev = NULL;
}

/* Returns: the first node, taken off the list, or NULL. */
static inline struct list *list_pop(struct list *head)
{
    if (list_is_empty(head))
        return NULL;
    struct list *first = head->next;
    list_unlink(first);
    return first;
}

/* Moves all of `from` to `to`, an empty list or none yet: who joins `from` meanwhile waits. */
static inline void list_take_all(struct list *from, struct list *to)
{
    list_init(to);
    for (struct list *node; (node = list_pop(from));)
        list_append(to, node);
}

/* Moves all of `from` behind what is on `to`. Cost: the same however many there are. */
static inline void list_append_all(struct list *to, struct list *from)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}

#define LIST_FOREACH(node, head)                                                                   \
    for (struct list *node = (head)->next; node != (head); node = node->next)

/* As LIST_FOREACH, and the body may unlink or free `node`. */
#define LIST_FOREACH_SAFE(node, head)                                                              \
    for (struct list *node = (head)->next, *node##_next = node->next; node != (head);              \
         node = node##_next, node##_next = node->next)

#endif
