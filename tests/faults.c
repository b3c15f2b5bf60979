/* Makes the n-th change of the disk by this process fail: loaded with LD_PRELOAD, armed by tests/faults_fixture.py.

   A change is a write to a regular file, an fsync, a creation, a truncation, a rename or a link, whichever library
   makes it. KILLED ends the process there and then, a write half done; FULL refuses that change and all that follow
   for want of space; BROKEN refuses that one alone (EIO). */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE, KILLED, FULL, BROKEN };

static atomic_long left;
static atomic_long seen;
static atomic_int mode;

void faults_arm(int chosen, long number) { seen = 0; left = number; mode = chosen; }

long faults_seen(void) { return seen; }

/* Count a change; return whether it is the one to fail. */
static int is_due(void) {
    atomic_fetch_add(&seen, 1);
    long rest = atomic_fetch_sub(&left, 1);
    if (mode == NONE) return 0;
    return mode == FULL ? rest <= 1 : rest == 1;
}

static int refuse(void) {
    if (mode == KILLED) _exit(137);
    errno = mode == FULL ? ENOSPC : EIO;
    return -1;
}

static int is_file(int fd) {
    struct stat found;
    return fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define CHANGE(type, name, parameters, arguments, applies)     \
    type name parameters {                                      \
        static __typeof__(&name) real;                          \
        if (!real) real = REAL(name);                           \
        if ((applies) && is_due()) return refuse();             \
        return real arguments;                                  \
    }

#define WRITING(name, parameters, arguments, half)              \
    ssize_t name parameters {                                   \
        static __typeof__(&name) real;                          \
        if (!real) real = REAL(name);                           \
        if (is_file(fd) && is_due()) {                          \
            if (mode == KILLED) (void)!real half;               \
            return refuse();                                    \
        }                                                       \
        return real arguments;                                  \
    }

WRITING(write, (int fd, const void *data, size_t size), (fd, data, size), (fd, data, size / 2))
WRITING(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), (fd, data, size / 2, at))
WRITING(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), (fd, data, size / 2, at))
WRITING(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), (fd, parts, count / 2))
WRITING(copy_file_range, (int from, off64_t *in, int fd, off64_t *out, size_t size, unsigned flags),
        (from, in, fd, out, size, flags), (from, in, fd, out, size / 2, flags))
WRITING(sendfile, (int fd, int from, off_t *at, size_t size), (fd, from, at, size), (fd, from, at, size / 2))
WRITING(sendfile64, (int fd, int from, off64_t *at, size_t size), (fd, from, at, size), (fd, from, at, size / 2))

CHANGE(int, fsync, (int fd), (fd), 1)
CHANGE(int, fdatasync, (int fd), (fd), 1)
CHANGE(int, ftruncate, (int fd, off_t size), (fd, size), 1)
CHANGE(int, ftruncate64, (int fd, off64_t size), (fd, size), 1)
CHANGE(int, fallocate, (int fd, int how, off_t at, off_t size), (fd, how, at, size), 1)
CHANGE(int, fallocate64, (int fd, int how, off64_t at, off64_t size), (fd, how, at, size), 1)
CHANGE(int, rename, (const char *from, const char *to), (from, to), 1)
CHANGE(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), 1)
CHANGE(int, mkdir, (const char *path, mode_t rights), (path, rights), 1)
CHANGE(int, link, (const char *from, const char *to), (from, to), 1)
CHANGE(int, symlink, (const char *to, const char *path), (to, path), 1)
CHANGE(int, symlinkat, (const char *to, int place, const char *path), (to, place, path), 1)

static int creates(const char *path, int flags) {
    return (flags & O_CREAT) && access(path, F_OK) != 0;
}

#define OPENING(name)                                           \
    int name(const char *path, int flags, ...) {                \
        static int (*real)(const char *, int, ...);             \
        if (!real) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        va_list rest;                                           \
        va_start(rest, flags);                                  \
        mode_t rights = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                           \
        if (creates(path, flags) && is_due()) return refuse();  \
        return real(path, flags, rights);                       \
    }

OPENING(open)
OPENING(open64)

#define STREAMING(name)                                         \
    FILE *name(const char *path, const char *how) {             \
        static FILE *(*real)(const char *, const char *);       \
        if (!real) real = (FILE * (*)(const char *, const char *))dlsym(RTLD_NEXT, #name); \
        if (how[0] != 'r' && access(path, F_OK) != 0 && is_due()) { (void)refuse(); return NULL; } \
        return real(path, how);                                 \
    }

STREAMING(fopen)
STREAMING(fopen64)

/* A full disk lets go of files; but a process may be stopped in the midst of clearing out. */
static int is_stopped(void) { return mode == KILLED && is_due(); }

#define REMOVAL(name, parameters, arguments)                    \
    int name parameters {                                       \
        static __typeof__(&name) real;                          \
        if (!real) real = REAL(name);                           \
        if (is_stopped()) return refuse();                      \
        return real arguments;                                  \
    }

REMOVAL(unlink, (const char *path), (path))
REMOVAL(unlinkat, (int place, const char *path, int flags), (place, path, flags))
REMOVAL(rmdir, (const char *path), (path))
