#include "cli/cli.h"

#include <stdio.h>

int command_version(const struct config *config, int count, char **arguments)
{
    (void)config;
    (void)count;
    (void)arguments;
    puts("mypos " MYPOS_VERSION);
    return CLI_OK;
}
