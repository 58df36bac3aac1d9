/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates over days: what becomes of them is told by the time passed in.
 */
#include "tests/support/pem.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/renewal.h"

#define NOW_S 1800000000
#define DAY_S 86400

struct stage {
    char dir[64];
    struct certificate_files files[2];
    struct config config;
    struct stats stats;
    struct renewal renewal;
    unsigned renewed; /* calls */
};

static void on_renewed(void *context, const struct contexts *contexts)
{
    struct stage *stage = context;
    stage->renewed++;
    assert_ptr_equal(contexts, &stage->renewal.contexts);
}

static int set_stage(void **state)
{
    static struct stage stage;
    stage = (struct stage){.config = {.certificates = stage.files, .certificate_count = 2}};
    (void)snprintf(stage.dir, sizeof(stage.dir), "/tmp/holdfast-renewal-XXXXXX");
    if (!mkdtemp(stage.dir))
        return -1;
    for (int i = 0; i < 2; i++) {
        stage.files[i].chain = mem_printf("%s/%d.pem", stage.dir, i);
        stage.files[i].key = mem_copy(stage.files[i].chain, strlen(stage.files[i].chain));
    }
    write_pem(stage.files[0].chain, "DNS:a.test", NOW_S - DAY_S, NOW_S + 100 * DAY_S);
    write_pem(stage.files[1].chain, "DNS:b.test", NOW_S - DAY_S, NOW_S + 30 * DAY_S);
    char *why = NULL;
    struct credentials *credentials = credentials_read(&stage.config, NOW_S, &why);
    assert_non_null(credentials);
    renewal_init(&stage.renewal, credentials, &stage.stats, NOW_S);
    stage.renewal.on_renewed = on_renewed;
    stage.renewal.context = &stage;
    *state = &stage;
    return 0;
}

static int clear_stage(void **state)
{
    struct stage *stage = *state;
    renewal_done(&stage->renewal);
    for (int i = 0; i < 2; i++) {
        unlink(stage->files[i].chain);
        free(stage->files[i].chain);
        free(stage->files[i].key);
    }
    return rmdir(stage->dir);
}

static uint64_t counted(const struct stage *stage, enum stat_id stat)
{
    return stats_read(&stage->stats, stat);
}

static void what_has_not_changed_is_not_read(void **state)
{
    struct stage *stage = *state;
    SSL_CTX *before = stage->renewal.contexts.clients;
    renewal_look(&stage->renewal, false, NOW_S + 1);
    assert_int_equal(stage->renewed, 0);
    assert_ptr_equal(stage->renewal.contexts.clients, before);
    assert_int_equal(counted(stage, STAT_certificate_reloads), 0);
}

static void what_has_changed_is_taken_and_its_expiry_told(void **state)
{
    struct stage *stage = *state;
    assert_int_equal(counted(stage, STAT_certificate_expiry_seconds), NOW_S + 30 * DAY_S);
    write_pem(stage->files[1].chain, "DNS:b.test", NOW_S - DAY_S, NOW_S + 40 * DAY_S);
    renewal_look(&stage->renewal, false, NOW_S + 1);
    assert_int_equal(stage->renewed, 1);
    assert_int_equal(counted(stage, STAT_certificate_expiry_seconds), NOW_S + 40 * DAY_S);
    assert_int_equal(counted(stage, STAT_certificate_reloads), 1);
    renewal_look(&stage->renewal, false, NOW_S + 2);
    assert_int_equal(stage->renewed, 1);
}

static void what_is_bad_is_told_once_and_read_again_when_it_changes(void **state)
{
    struct stage *stage = *state;
    write_pem(stage->files[1].chain, "DNS:b.test", NOW_S - 2 * DAY_S, NOW_S - DAY_S);
    renewal_look(&stage->renewal, false, NOW_S + 1);
    renewal_look(&stage->renewal, false, NOW_S + 2);
    assert_int_equal(stage->renewed, 0);
    assert_int_equal(counted(stage, STAT_certificate_faults), 1);
    assert_int_equal(counted(stage, STAT_certificate_expiry_seconds), NOW_S + 30 * DAY_S);
    write_pem(stage->files[1].chain, "DNS:b.test", NOW_S - DAY_S, NOW_S + 50 * DAY_S);
    renewal_look(&stage->renewal, false, NOW_S + 3);
    assert_int_equal(stage->renewed, 1);
    assert_int_equal(counted(stage, STAT_certificate_expiry_seconds), NOW_S + 50 * DAY_S);
}

static void contexts_live_for_a_day(void **state)
{
    struct stage *stage = *state;
    renewal_look(&stage->renewal, false, NOW_S + DAY_S - 1);
    assert_int_equal(stage->renewed, 0);
    for (unsigned day = 1; day <= 3; day++) {
        renewal_look(&stage->renewal, false, NOW_S + day * DAY_S);
        assert_int_equal(stage->renewed, day);
        renewal_look(&stage->renewal, false, NOW_S + day * DAY_S + 1);
        assert_int_equal(stage->renewed, day);
    }
}

static void one_that_nobody_renewed_stays_beyond_its_end(void **state)
{
    struct stage *stage = *state;
    renewal_look(&stage->renewal, false, NOW_S + 31 * DAY_S);
    assert_int_equal(counted(stage, STAT_certificate_faults), 1);
    assert_int_equal(stage->renewed, 1); /* for the other one */
    assert_non_null(stage->renewal.contexts.clients);
}

static void what_expires_soon_is_warned_of(void **state)
{
    struct stage *stage = *state;
    struct buf sentences = {0};
    credentials_warn(stage->renewal.credentials, NOW_S + 16 * DAY_S, &sentences);
    assert_int_equal(sentences.len, 0);
    credentials_warn(stage->renewal.credentials, NOW_S + 16 * DAY_S + 1, &sentences);
    char *text = buf_take(&sentences);
    assert_non_null(strstr(text, "1.pem: the certificate expires at 2027-02-14T08:00:00Z, in 13 "
                                 "days: renew it\n"));
    assert_null(strstr(text, "0.pem"));
    free(text);
}

#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_stage, clear_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STAGE_TEST(what_has_not_changed_is_not_read),
        STAGE_TEST(what_has_changed_is_taken_and_its_expiry_told),
        STAGE_TEST(what_is_bad_is_told_once_and_read_again_when_it_changes),
        STAGE_TEST(contexts_live_for_a_day),
        STAGE_TEST(one_that_nobody_renewed_stays_beyond_its_end),
        STAGE_TEST(what_expires_soon_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
