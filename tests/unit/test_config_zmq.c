/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/config_reader.h"

#define KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define CERTIFICATE "curve\n    public-key = \"" KEY "\"\n    secret-key = \"" KEY "\"\n"
#define OPEN_FAULT(option, endpoint)                                                               \
    option ": other machines can reach " endpoint ", and ZeroMQ has no tokens, so all of them "    \
           "could use it: set zmq_key and zmq_client_keys (CURVE), or bind to 127.0.0.1 or "       \
           "ipc:// only"

static void without_endpoints_there_is_no_zmq(void **state)
{
    (void)state;
    struct config *config = read_good("");
    for (enum zmq_use use = 0; use < ZMQ_USE_COUNT; use++)
        assert_int_equal(config->zmq[use].count, 0);
    assert_string_equal(config->zmq_key.public_key, "");
    assert_false(config->zmq_stats_json);
    config_free(config);
}

static void each_use_has_a_list_of_endpoints(void **state)
{
    (void)state;
    struct config *config = read_file("zmq_pull: [tcp://127.0.0.1:5560, 'connect:tcp://a:1']\n"
                                      "zmq_sub:\n  - connect:tcp://b:5562\n"
                                      "zmq_stats_format: json\n",
                                      "|--zmq-command|ipc:///run/c|--zmq-stats|tcp://[::1]:1");
    assert_int_equal(config->zmq[ZMQ_USE_PULL].count, 2);
    assert_true(config->zmq[ZMQ_USE_PULL].list[1].is_connected);
    assert_string_equal(config->zmq[ZMQ_USE_SUB].list[0].text, "tcp://b:5562");
    assert_string_equal(config->zmq[ZMQ_USE_COMMAND].list[0].text, "ipc:///run/c");
    assert_string_equal(config->zmq[ZMQ_USE_STATS].list[0].text, "tcp://[::1]:1");
    assert_true(config->zmq_stats_json);
    config_free(config);
}

static void an_ipc_path_starts_where_it_is_written(void **state)
{
    (void)state;
    struct config *config = read_file("zmq_pull: [ipc://pull, 'ipc://@pull']\n", "");
    char *expected = mem_printf("ipc://%s/pull", dir);
    assert_string_equal(config->zmq[ZMQ_USE_PULL].list[0].text, expected);
    assert_string_equal(config->zmq[ZMQ_USE_PULL].list[1].text, "ipc://@pull");
    free(expected);
    config_free(config);
}

static void endpoints_that_others_can_reach_need_curve(void **state)
{
    (void)state;
    assert_refused("--zmq-pull|tcp://*:5560", OPEN_FAULT("--zmq-pull", "tcp://*:5560"));
    assert_refused(
        "--zmq-stats|tcp://10.0.0.1:1|--zmq-sub|tcp://[::]:2",
        OPEN_FAULT("--zmq-sub", "tcp://[::]:2") "\n" OPEN_FAULT("--zmq-stats", "tcp://10.0.0.1:1"));
    write_file("curve", CERTIFICATE);
    struct config *config =
        read_file("zmq_pull: [tcp://*:5560]\nzmq_key: curve\nzmq_client_keys: [file:curve]\n", "");
    assert_string_equal(config->zmq_key.secret_key, KEY);
    assert_int_equal(config->zmq_client_count, 1);
    assert_string_equal(config->zmq_clients[0].public_key, KEY);
    config_free(config);
}

static void keys_that_cannot_work_are_refused(void **state)
{
    (void)state;
    write_file("curve", CERTIFICATE);
    assert_file_refused("zmq_key: curve\n",
                        "@:1: zmq_key: with a key of our own and no zmq_client_keys nobody could "
                        "connect: list the public keys of those who may");
    assert_refused("--zmq-client-key|" KEY,
                   "--zmq-client-key: CURVE needs a key of our own, too: set zmq_key");
    assert_refused("--zmq-pull|connect:tcp://a:1 key=" KEY,
                   "--zmq-pull: key= needs a CURVE key of our own, too: set zmq_key");
    assert_file_refused("zmq_key: curve\nzmq_client_keys: [short]\n",
                        "@:2: zmq_client_keys: \"short\" is no CURVE public key (40 characters of "
                        "Z85); a certificate is named by file:PATH");
    assert_refused("--zmq-key|/nowhere/curve|--zmq-client-key|" KEY,
                   "--zmq-key: /nowhere/curve: it cannot be read as a CURVE certificate");
}

static void a_public_certificate_is_not_our_own(void **state)
{
    (void)state;
    write_file("curve", "curve\n    public-key = \"" KEY "\"\n");
    char *path = in_dir("curve");
    char *flags = mem_printf("--zmq-key|%s|--zmq-client-key|file:%s", path, path);
    char *why = mem_printf("--zmq-key: %s: it holds no secret-key; the file of that name that ends "
                           "in _secret does",
                           path);
    assert_refused(flags, why);
    free(why);
    free(flags);
    free(path);
}

static void other_formats_of_stats_are_refused(void **state)
{
    (void)state;
    assert_refused("--zmq-stats-format|xml",
                   "--zmq-stats-format: \"xml\" is neither tnetstring nor json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(without_endpoints_there_is_no_zmq),
        TEST(each_use_has_a_list_of_endpoints),
        TEST(an_ipc_path_starts_where_it_is_written),
        TEST(endpoints_that_others_can_reach_need_curve),
        TEST(keys_that_cannot_work_are_refused),
        TEST(a_public_certificate_is_not_our_own),
        TEST(other_formats_of_stats_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
