/* The walls around the decoder: each thing that who has taken it over might try is possible before, and is
 * denied behind them; and pictures are still decoded. Everything runs in a process of its own. */
#include "images/thumbnailer/confine.h"
#include "images/thumbnailer/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_MAX 4096

static char directory[] = "/tmp/mypos-confine-XXXXXX";
static char path[64], other_path[64];
static int given; /* a file that is open when the walls go up */

/* --- what might be tried: 0 or more, or -1 and errno --- */

static long read_a_file(void)
{
    return open(path, O_RDONLY | O_CLOEXEC);
}

static long write_a_file(void)
{
    return open(path, O_WRONLY | O_CLOEXEC);
}

static long make_a_file(void)
{
    return open(other_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long read_the_directory(void)
{
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long look_at_a_file(void)
{
    struct stat stat;
    return lstat(path, &stat);
}

static long remove_a_file(void)
{
    return unlink(path);
}

static long rename_a_file(void)
{
    return rename(path, other_path);
}

static long link_a_file(void)
{
    return link(path, other_path);
}

static long empty_a_file(void)
{
    return truncate(path, 0);
}

static long change_the_rights_of_a_file(void)
{
    return chmod(path, 0777);
}

static long read_a_file_that_was_open(void)
{
    char byte;
    return pread(given, &byte, 1, 0);
}

static long write_to_a_file_that_was_open(void)
{
    return write(given, "x", 1);
}

static long map_a_file_that_was_open(void)
{
    return mmap(NULL, 1, PROT_READ, MAP_PRIVATE, given, 0) == MAP_FAILED ? -1 : 0;
}

static long have_a_file_of_memory(void)
{
    return memfd_create("x", MFD_CLOEXEC);
}

static long open_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long open_a_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long start_a_program(void)
{
    char *const none[] = {NULL};
    const long result = execve("/nonexistent", none, none);
    return errno == ENOENT ? 0 : result; /* it was looked for */
}

static long start_a_process(void)
{
    const long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0) {
        _exit(0);
    }
    return pid;
}

static long signal_the_parent(void)
{
    return kill(getppid(), 0);
}

static long look_into_a_process(void)
{
    char from = 'a', to;
    const struct iovec local = {.iov_base = &to, .iov_len = 1}, remote = {.iov_base = &from, .iov_len = 1};
    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
}

static long be_traced(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long have_new_code(void)
{
    return mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long make_memory_code(void)
{
    void *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(memory, 1, PROT_READ | PROT_EXEC);
}

static long be_dumpable(void)
{
    return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long change_a_bound(void)
{
    const struct rlimit bound = {0};
    return setrlimit(RLIMIT_CORE, &bound);
}

/* --- trying it ------------------------------------------------------------------------------------------ */

/* What a process says to the one that started it, in memory that both have. */
struct outcome {
    struct confine_missing missing;
    bool stood;   /* it could confine itself, or was not to */
    int error;    /* 0: what was tried succeeded */
    int exit;     /* of decode() */
    bool threads; /* a thread could be started */
};

static struct outcome *outcome;

static void in_a_process(void (*run)(const void *), const void *context)
{
    *outcome = (struct outcome){.error = -1};
    const pid_t pid = fork();
    if (pid == 0) {
        run(context);
        _exit(0);
    }
    int wait_status;
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_true(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0);
}

static void put_file(void)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("the shop's", file) >= 0);
    fclose(file);
    unlink(other_path);
}

struct attempt {
    const char *name;
    long (*run)(void);
    bool confined;
};

static void try(const void *context)
{
    const struct attempt *attempt = context;
    outcome->stood = !attempt->confined || confine_calls(&outcome->missing);
    errno = 0;
    outcome->error = attempt->run() >= 0 ? 0 : errno;
}

static const struct attempt attempts[] = {
    {.name = "read a file", .run = read_a_file},
    {.name = "write a file", .run = write_a_file},
    {.name = "make a file", .run = make_a_file},
    {.name = "read the directory", .run = read_the_directory},
    {.name = "look at a file", .run = look_at_a_file},
    {.name = "remove a file", .run = remove_a_file},
    {.name = "rename a file", .run = rename_a_file},
    {.name = "link a file", .run = link_a_file},
    {.name = "empty a file", .run = empty_a_file},
    {.name = "change the rights of a file", .run = change_the_rights_of_a_file},
    {.name = "read a file that was open", .run = read_a_file_that_was_open},
    {.name = "write to a file that was open", .run = write_to_a_file_that_was_open},
    {.name = "map a file that was open", .run = map_a_file_that_was_open},
    {.name = "have a file of memory", .run = have_a_file_of_memory},
    {.name = "open a socket", .run = open_a_socket},
    {.name = "open a local socket", .run = open_a_local_socket},
    {.name = "start a program", .run = start_a_program},
    {.name = "start a process", .run = start_a_process},
    {.name = "signal the parent", .run = signal_the_parent},
    {.name = "look into a process", .run = look_into_a_process},
    {.name = "be traced", .run = be_traced},
    {.name = "have new code", .run = have_new_code},
    {.name = "make memory code", .run = make_memory_code},
    {.name = "be dumpable", .run = be_dumpable},
    {.name = "change a bound", .run = change_a_bound},
};

static void whatever_might_be_tried_is_denied(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        struct attempt attempt = attempts[i];
        print_message("%s\n", attempt.name);
        put_file();
        in_a_process(try, &attempt);
        assert_int_equal(outcome->error, 0); /* unless it is denied, it can be done */
        put_file();
        attempt.confined = true;
        in_a_process(try, &attempt);
        assert_true(outcome->stood);
        if (outcome->missing.seccomp != NULL) {
            print_message("there is no seccomp here: %s\n", outcome->missing.seccomp);
            skip();
        }
        assert_int_equal(outcome->error, EPERM);
    }
}

static void *end_at_once(void *context)
{
    return context;
}

static void decode_file(const void *context)
{
    static char file[FILE_MAX];
    char name[256], words[256];
    struct decoded decoded;
    snprintf(name, sizeof name, MYPOS_FUZZ_CORPUS "/image/%s", (const char *)context);
    FILE *in = fopen(name, "rb");
    const size_t length = in == NULL ? 0 : fread(file, 1, sizeof file, in);
    outcome->stood = confine_resources() && decode_start() && confine_calls(&outcome->missing);
    outcome->exit = (int)decode(file, length, &decoded, words, sizeof words);
    pthread_t thread;
    outcome->threads = pthread_create(&thread, NULL, end_at_once, NULL) == 0 &&
                       pthread_join(thread, NULL) == 0;
}

static void pictures_are_decoded_behind_the_walls(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum thumbnail_exit exit;
    } files[] = {
        {"jpeg", THUMBNAIL_MADE},
        {"jpeg_progressive", THUMBNAIL_MADE},
        {"png", THUMBNAIL_MADE},
        {"png_display_p3", THUMBNAIL_MADE},
        {"webp", THUMBNAIL_MADE},
        {"webp_animated", THUMBNAIL_MADE},
        {"avif", THUMBNAIL_MADE},
        {"avif_cut", THUMBNAIL_UNREADABLE},
        {"avif_bomb", THUMBNAIL_TOO_LARGE},
        {"jpeg_cut", THUMBNAIL_UNREADABLE},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        print_message("%s\n", files[i].name);
        in_a_process(decode_file, files[i].name);
        assert_true(outcome->stood);
        assert_int_equal(outcome->exit, files[i].exit);
        assert_true(outcome->threads);
    }
}

/* With less of it than it has, as nobody wants to wait. */
static void compute_for_ever(void)
{
    struct rlimit bound;
    if (confine_resources() && getrlimit(RLIMIT_CPU, &bound) == 0 && bound.rlim_cur < bound.rlim_max) {
        bound.rlim_cur = 1;
        (void)!setrlimit(RLIMIT_CPU, &bound);
        for (volatile unsigned i = 0;; i++) {
        }
    }
}

/* By the processor's time: a machine that is busy with others refuses no picture. */
static void what_computes_too_long_is_told_by_its_signal(void **state)
{
    (void)state;
    int wait_status;
    const pid_t pid = fork();
    if (pid == 0) {
        compute_for_ever();
        _exit(0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_true(WIFSIGNALED(wait_status));
    assert_int_equal(WTERMSIG(wait_status), SIGXCPU);
}

/* As in a container whose runtime keeps seccomp from it. */
static void confine_without_seccomp(const void *context)
{
    (void)context;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const bool taken = filter != NULL &&
                       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(seccomp), 0) == 0 &&
                       seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1,
                                        SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0)) == 0 &&
                       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && seccomp_load(filter) == 0;
    seccomp_release(filter);
    outcome->stood = taken && confine_calls(&outcome->missing);
    outcome->error = read_a_file() >= 0 ? 0 : errno;
}

static void without_seccomp_it_says_so_and_the_other_walls_stand(void **state)
{
    (void)state;
    in_a_process(confine_without_seccomp, NULL);
    assert_true(outcome->stood);
    assert_non_null(outcome->missing.seccomp);
    assert_true(outcome->error == EMFILE || outcome->error == EACCES);
}

static int start(void **state)
{
    (void)state;
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcome == MAP_FAILED || mkdtemp(directory) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/mypos.db", directory);
    snprintf(other_path, sizeof other_path, "%s/other", directory);
    put_file();
    /* With a number above those that it may write to. */
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    given = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    close(fd);
    return given < 0 ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    close(given);
    unlink(path);
    unlink(other_path);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_might_be_tried_is_denied),
        cmocka_unit_test(pictures_are_decoded_behind_the_walls),
        cmocka_unit_test(what_computes_too_long_is_told_by_its_signal),
        cmocka_unit_test(without_seccomp_it_says_so_and_the_other_walls_stand),
    };
    return cmocka_run_group_tests_name("thumbnails_confined", tests, start, stop);
}
