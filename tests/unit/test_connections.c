/* The deadlines of connections, which run against clients alone. */
#include "http/connections.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#define CONNECTIONS_AT_ONCE 3
#define WAIT_MS             60000 /* for what is to come; a busy machine is late */

/* A connection, and the client's end of it. */
struct pair {
    int server, client;
    struct connection *connection;
};

static struct pair open_pair(void)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const struct pair pair = {.server = ends[0], .client = ends[1], .connection = connection_opened(ends[0])};
    assert_non_null(pair.connection);
    return pair;
}

static void close_pair(const struct pair *pair)
{
    connection_closed(pair->connection);
    close(pair->server);
    close(pair->client);
}

/* Waits for what the client is told, to its end. */
static void read_answer(const struct pair *pair, char *answer, size_t size)
{
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0) {
        struct pollfd poll_for = {.fd = pair->client, .events = POLLIN};
        assert_int_equal(poll(&poll_for, 1, WAIT_MS), 1);
        got = recv(pair->client, answer + length, size - 1 - length, 0);
        length += got > 0 ? (size_t)got : 0;
    }
    answer[length] = '\0';
}

static void deadline_of_receiving_ends_with_the_whole_request(void **state)
{
    (void)state;
    assert_true(connections_start(CONNECTIONS_AT_ONCE));
    const struct pair works = open_pair(), answers = open_pair(), sends = open_pair();
    connection_receives(works.connection, 1);
    assert_true(connection_works(works.connection)); /* all of it is here; now it takes its time */
    connection_receives(answers.connection, 1);
    assert_true(connection_answers(answers.connection, 3600)); /* refused in the middle */
    connection_receives(sends.connection, 1);

    char answer[1024];
    read_answer(&sends, answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 408 "));
    assert_non_null(strstr(answer, "\"code\":\"request_timeout\""));
    assert_false(connection_works(sends.connection));
    /* The deadlines of the others were no later. */
    char byte;
    assert_int_equal(recv(works.client, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(recv(answers.client, &byte, 1, MSG_DONTWAIT), -1);
    assert_true(connection_answers(works.connection, 3600));
    close_pair(&works);
    close_pair(&answers);
    close_pair(&sends);
    connections_stop();
}

static void answer_that_is_not_taken_is_cut(void **state)
{
    (void)state;
    assert_true(connections_start(CONNECTIONS_AT_ONCE));
    const struct pair slow = open_pair();
    connection_receives(slow.connection, 3600);
    assert_true(connection_works(slow.connection));
    assert_true(connection_answers(slow.connection, 1));
    char answer[16];
    read_answer(&slow, answer, sizeof answer);
    assert_string_equal(answer, "");
    close_pair(&slow);
    connections_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadline_of_receiving_ends_with_the_whole_request),
        cmocka_unit_test(answer_that_is_not_taken_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
