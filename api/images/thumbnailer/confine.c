#include "images/thumbnailer/confine.h"

#include "images/thumbnail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMORY_MAX  (768u << 20) /* of addresses; the libraries take some 150 MB of them */
#define SECONDS_MAX 10           /* of the processor */
#define NICENESS    10

static bool limit_from(int resource, rlim_t least, rlim_t most)
{
    const struct rlimit bound = {.rlim_cur = least, .rlim_max = most};
    return setrlimit((__rlimit_resource_t)resource, &bound) == 0;
}

static bool limit(int resource, rlim_t most)
{
    return limit_from(resource, most, most);
}

bool confine_resources(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        (void)!write(fd, "1000", 4);
        close(fd);
    }
    (void)!nice(NICENESS);
    bool bounded = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                   limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, THUMBNAIL_BYTES_MAX) &&
                   limit_from(RLIMIT_CPU, SECONDS_MAX, SECONDS_MAX + 1); /* SIGXCPU says so */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    bounded = bounded && limit(RLIMIT_AS, MEMORY_MAX); /* sanitizers reserve more than there is */
#endif
    return bounded;
}

/* --- files ------------------------------------------------------------------------------------------- */

/* Every right that this kernel's Landlock knows is handled, and none granted. NULL, or why not. */
static const char *hide_files(void)
{
    /* By version of its interface: what later ones added is not in Debian 12's header. */
    static const uint64_t rights[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
    enum {
        KNOWN = sizeof rights / sizeof *rights - 1
    };
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version <= 0) {
        return strerror(errno);
    }
    const struct landlock_ruleset_attr all = {.handled_access_fs = rights[version < KNOWN ? version : KNOWN]};
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    const bool hidden = rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    const char *why = hidden ? NULL : strerror(errno);
    if (rules >= 0) {
        close(rules);
    }
    return why;
}

/* --- system calls ------------------------------------------------------------------------------------ */

/* What decoding, and threads of the process, need whatever their arguments are. */
static const int harmless[] = {
    /* memory that is there; new one and its protection are below */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* threads */
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_yield), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(exit), SCMP_SYS(exit_group),
    /* signals to itself */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    /* time and chance */
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom)};

static int allow_harmless(scmp_filter_ctx filter)
{
    int error = 0;
    for (size_t i = 0; error == 0 && i < sizeof harmless / sizeof *harmless; i++) {
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, harmless[i], 0);
    }
    return error;
}

/* New memory of no file, and never code. */
static int allow_memory(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp no_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp no_file = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS);
    int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, no_code, no_file);
    if (error == 0) {
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code);
    }
    return error;
}

/* Threads, and no processes. */
static int allow_threads(scmp_filter_ctx filter)
{
    const uint64_t thread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
    const uint64_t free_choice = CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
                                 CLONE_CHILD_SETTID | CLONE_DETACHED;
    int error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                 SCMP_A0(SCMP_CMP_MASKED_EQ, ~free_choice, thread));
    if (error == 0) { /* its flags are where no filter can look; the C library falls back to clone */
        error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    }
    if (error == 0) {
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                                 SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0));
    }
    if (error == 0) { /* abort() */
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                 SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    }
    return error;
}

/* To standard output, standard error and both pictures. */
static int allow_writing(scmp_filter_ctx filter)
{
    int error = 0;
    for (int fd = STDOUT_FILENO; error == 0 && fd <= THUMBNAIL_FD_SMALL; fd++) {
        const struct scmp_arg_cmp is_ours = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)fd, 0);
        error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, is_ours);
        if (error == 0) {
            error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1, is_ours);
        }
    }
    return error;
}

/* NULL, or why not. */
static const char *restrict_calls(void)
{
    static int (*const lists[])(scmp_filter_ctx) = {allow_harmless, allow_memory, allow_threads,
                                                    allow_writing};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return strerror(ENOMEM);
    }
    /* Calls of another architecture, such as 32-bit ones, would pass by the list. */
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (error == 0) {
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1); /* threads that are there, too */
    }
    for (size_t i = 0; error == 0 && i < sizeof lists / sizeof *lists; i++) {
        error = lists[i](filter);
    }
    if (error == 0) {
        error = seccomp_load(filter);
    }
    seccomp_release(filter);
    return error == 0 ? NULL : strerror(-error);
}

bool confine_calls(struct confine_missing *missing)
{
    *missing = (struct confine_missing){.landlock = hide_files()};
    if (!limit(RLIMIT_NOFILE, 0)) {
        return false;
    }
    missing->seccomp = restrict_calls();
    return true;
}
