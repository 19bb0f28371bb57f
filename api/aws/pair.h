/* Pair: a name and its value, as query strings and header fields have them. Both are borrowed. */
#ifndef MYPOS_AWS_PAIR_H
#define MYPOS_AWS_PAIR_H

struct aws_pair {
    const char *name, *value;
};

#endif
