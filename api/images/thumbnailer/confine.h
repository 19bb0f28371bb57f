/*
 * Confinement: what is left to the decoder when it reads what a stranger sent.
 *
 *     confine_resources ──▶ the libraries start ──▶ the file is mapped ──▶ confine_calls ──▶ decode
 *     memory, time, files     they read their own                          the walls
 *
 * Behind the walls the process computes, asks for memory and for threads of its own, and writes to the files
 * that it was given as 1 to 4. Whoever has taken it over can neither open, remove nor rename a file, nor open
 * a socket, start a program, make code at run time, signal or look into another process: the server's runs as
 * the same user, and so its rights alone would not keep the decoder from the shop's database.
 *
 * The walls are, one behind the other: no number for another file (RLIMIT_NOFILE), no file at all (Landlock),
 * and a list of the system calls that are allowed (seccomp, by libseccomp). All of it is inherited by threads
 * and cannot be undone. A call that is not on the list answers EPERM and does not end the process: libraries
 * ask for more than they need, do without, and differ from one release to the next.
 *
 * Sources: seccomp(2), landlock(7), prctl(2), seccomp_rule_add(3).
 */
#ifndef MYPOS_IMAGES_CONFINE_H
#define MYPOS_IMAGES_CONFINE_H

#include <stdbool.h>

/* Bounds memory, processor time and the size of files; ends with the parent; goes first when the machine is
 * short of memory, and last in the queue for the processor; gains no rights, and cannot be traced. False: a
 * bound cannot be had. */
bool confine_resources(void);

/* Names of walls that the system did not give, such as a container's runtime that knows no seccomp; NULL: the
 * wall stands. */
struct confine_missing {
    const char *landlock, *seccomp; /* why not */
};

/* From here on no file can be opened and no call be made but those on the list. False: not even the numbers of
 * files could be taken away. `missing` may name Landlock on kernels before 5.13; seccomp alone denies what
 * Landlock does. */
bool confine_calls(struct confine_missing *missing);

#endif
