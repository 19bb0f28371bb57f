/* The composition root: cli/open.c puts the parts together, cli/cli.c lists what can be done with them. */
#include "cli/cli.h"

int main(int count, char **arguments)
{
    return cli_run(count, arguments);
}
