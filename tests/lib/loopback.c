/*
 * For LD_PRELOAD: a server that would listen at every address of the machine listens at 127.0.0.1 alone.
 * DynamoDB Local has no option for that.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    int (*next)(int, const struct sockaddr *, socklen_t);
    *(void **)&next = dlsym(RTLD_NEXT, "bind");
    struct sockaddr_in in;
    if (address->sa_family != AF_INET || length < sizeof in) {
        return next(fd, address, length);
    }
    memcpy(&in, address, sizeof in);
    if (in.sin_addr.s_addr == htonl(INADDR_ANY)) {
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return next(fd, (const struct sockaddr *)&in, sizeof in);
}
