#include "base/fault_point.h"

#ifdef MYPOS_FAULT_POINTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Does `point` begin with "where/step", and end there or go on with a number? */
static const char *match(const char *point, const char *where, const char *step)
{
    const size_t where_length = strlen(where), step_length = strlen(step);
    if (strncmp(point, where, where_length) != 0 || point[where_length] != '/') {
        return NULL;
    }
    point += where_length + 1;
    if (strncmp(point, step, step_length) != 0) {
        return NULL;
    }
    point += step_length;
    return *point == '\0' || *point == ':' ? point : NULL;
}

static _Thread_local const char *acting = "other";

void fault_point_act(const char *name)
{
    acting = name;
}

void fault_point_pass(const char *step)
{
    static atomic_long passes;
    const char *point = getenv("MYPOS_FAULT_POINT");
    const char *rest = point == NULL ? NULL : match(point, acting, step);
    if (rest == NULL) {
        return;
    }
    const long wanted = *rest == ':' ? strtol(rest + 1, NULL, 10) : 1;
    if (atomic_fetch_add(&passes, 1) + 1 == wanted) {
        kill(getpid(), SIGKILL);
    }
}

#endif
