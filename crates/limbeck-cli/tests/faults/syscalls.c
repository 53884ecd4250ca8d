/* Counts the calls by which a process changes files, and kills it before the one that LIMBECK_KILL_AT_CALL names. At the end
 * their number is written to the file LIMBECK_COUNT_CALLS. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static long calls;

static void count(void)
{
    const char *at = getenv("LIMBECK_KILL_AT_CALL");
    if (++calls == (at ? atol(at) : 0))
        kill(getpid(), SIGKILL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* What the process says is no change of a file. */
ssize_t write(int fd, const void *bytes, size_t size)
{
    if (fd > 2)
        count();
    return NEXT(write)(fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    count();
    return NEXT(pwrite64)(fd, bytes, size, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    count();
    return NEXT(pwrite)(fd, bytes, size, at);
}

int ftruncate(int fd, off_t size)
{
    count();
    return NEXT(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    count();
    return NEXT(ftruncate64)(fd, size);
}

int unlink(const char *path)
{
    count();
    return NEXT(unlink)(path);
}

__attribute__((destructor)) static void told(void)
{
    const char *path = getenv("LIMBECK_COUNT_CALLS");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", calls);
        fclose(file);
    }
}
