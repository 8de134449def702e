/* Preloaded into a process, counts the calls by which it changes files below one folder or sends bytes, over all its
 * threads, and at the chosen one ends the process or lets the call fail.
 *
 * Does nothing until faultpoint_arm() is called, which only the forked child of a test does. A line of the trace is
 * written before its call is carried out, so that it survives a kill: number, call, what it is about, what struck. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* the bits and numbers of faultpoints.py */
enum kind {
    OPEN = 1 << 0, WRITE = 1 << 1, SYNC = 1 << 2, RENAME = 1 << 3, LINK = 1 << 4, UNLINK = 1 << 5, RMDIR = 1 << 6,
    TRUNCATE = 1 << 7, MKDIR = 1 << 8, CHMOD = 1 << 9, SYMLINK = 1 << 10, ALLOCATE = 1 << 11, SEND = 1 << 12,
    LOCK = 1 << 13, READ_OPEN = 1 << 14
};
enum action { COUNT, KILL_BEFORE, KILL_AFTER, FAIL, FAIL_DONE, SHORTEN };
enum fate { GO, GO_AND_DIE, REFUSE, GO_AND_REFUSE, CUT };

static struct {
    int on, trace, action, error, lasting;
    unsigned mask;
    long at;
    size_t root_bytes;
    char root[PATH_MAX];
} armed;
static long seen;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

void faultpoint_arm(const char *root, const char *trace, unsigned mask, long at, int action, int error, int lasting) {
    armed.root_bytes = strlen(root);
    memcpy(armed.root, root, armed.root_bytes + 1);
    armed.trace = (int)syscall(SYS_openat, AT_FDCWD, trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    armed.mask = mask;
    armed.at = at;
    armed.action = action;
    armed.error = error;
    armed.lasting = lasting;
    armed.on = 1;
}

static void die(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) syscall(SYS_pause);
}

static int below_root(const char *path) {
    return !strncmp(path, armed.root, armed.root_bytes) && (path[armed.root_bytes] == '/' || !path[armed.root_bytes]);
}

/* what an open descriptor stands for; "" when nobody can say */
static void name_of(int fd, char *into) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long size = syscall(SYS_readlinkat, AT_FDCWD, link, into, (size_t)PATH_MAX - 1);
    into[size > 0 ? size : 0] = 0;
}

static void absolute(int folder, const char *path, char *into) {
    if (path[0] == '/') {
        snprintf(into, PATH_MAX, "%s", path);
        return;
    }
    if (folder != AT_FDCWD) name_of(folder, into);
    else if (syscall(SYS_getcwd, into, (size_t)PATH_MAX) <= 0) into[0] = 0;
    size_t size = strlen(into);
    snprintf(into + size, PATH_MAX - size, "/%s", path);
}

static enum fate visit(unsigned kind, const char *call, const char *what) {
    char line[PATH_MAX + 100];
    long number = __atomic_add_fetch(&seen, 1, __ATOMIC_SEQ_CST);
    int struck = armed.action != COUNT && (number == armed.at || (armed.lasting && number > armed.at));
    if (armed.action == SHORTEN && !(kind & (WRITE | SEND))) struck = 0;
    int size = snprintf(line, sizeof line, "%ld\t%u\t%s\t%s\t%d\n", number, kind, call, what, struck);
    if (size > 0) syscall(SYS_write, armed.trace, line, (size_t)size);
    if (!struck) return GO;
    switch (armed.action) {
    case KILL_BEFORE: die(); return GO;
    case KILL_AFTER: return GO_AND_DIE;
    case FAIL: return REFUSE;
    case FAIL_DONE: return GO_AND_REFUSE;
    default: return CUT;
    }
}

static enum fate visit_path(unsigned kind, const char *call, int folder, const char *path) {
    char what[PATH_MAX];
    int kept = errno;
    if (!armed.on || !(armed.mask & kind) || !path) return GO;
    absolute(folder, path, what);
    enum fate fate = below_root(what) ? visit(kind, call, what) : GO;
    errno = kept;
    return fate;
}

static enum fate visit_fd(unsigned kind, const char *call, int fd) {
    char what[PATH_MAX];
    int kept = errno;
    if (!armed.on || !(armed.mask & (kind | SEND))) return GO;
    name_of(fd, what);
    if (!strncmp(what, "socket:", 7)) kind = SEND;
    int counts = (armed.mask & kind) && (kind == SEND || below_root(what));
    enum fate fate = counts ? visit(kind, call, kind == SEND ? "socket" : what) : GO;
    /* a connection that was reset is gone: urllib3 overlooks the error of the send and waits for the answer */
    if (fate == REFUSE && armed.error == ECONNRESET) syscall(SYS_shutdown, fd, SHUT_RDWR);
    errno = kept;
    return fate;
}

/* `run` is the real call; what it gives is handed on unless the fate says otherwise */
#define CARRY_OUT(type, judged, run) do { \
    enum fate decided = (judged); \
    if (decided == REFUSE) { errno = armed.error; return (type)-1; } \
    type result = (run); \
    if (decided == GO_AND_DIE) die(); \
    if (decided == GO_AND_REFUSE) { errno = armed.error; return (type)-1; } \
    return result; \
} while (0)

#define SHORTER(fate, count) ((fate) == CUT && (count) > 1 ? (count) / 2 : (count))

/* --- opening; a descriptor that is not handed on must not stay open ------------------------------------------- */

static int opened(const char *call, int folder, const char *path, int flags, mode_t mode) {
    int changes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    enum fate fate = visit_path(changes ? OPEN : READ_OPEN, call, folder, path);
    if (fate == REFUSE) { errno = armed.error; return -1; }
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fate == GO_AND_DIE) die();
    if (fate == GO_AND_REFUSE) {
        if (fd >= 0) syscall(SYS_close, fd);
        errno = armed.error;
        return -1;
    }
    return fd;
}

#define MODE_OF(flags, mode) do { \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
} while (0)
#define OPENS(name) \
    int name(const char *path, int flags, ...) { mode_t mode = 0; MODE_OF(flags, mode); return opened("open", AT_FDCWD, path, flags, mode); }
#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) { mode_t mode = 0; MODE_OF(flags, mode); return opened("openat", folder, path, flags, mode); }
OPENS(open)
OPENS(open64)
OPENS_AT(openat)
OPENS_AT(openat64)
int __open_2(const char *path, int flags) { return opened("open", AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return opened("open", AT_FDCWD, path, flags, 0); }
int __openat_2(int folder, const char *path, int flags) { return opened("openat", folder, path, flags, 0); }
int __openat64_2(int folder, const char *path, int flags) { return opened("openat", folder, path, flags, 0); }
int creat(const char *path, mode_t mode) { return opened("creat", AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* --- bytes ---------------------------------------------------------------------------------------------------- */

ssize_t write(int fd, const void *from, size_t count) {
    REAL(write);
    enum fate fate = visit_fd(WRITE, "write", fd);
    CARRY_OUT(ssize_t, fate, real(fd, from, SHORTER(fate, count)));
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t offset) {
    REAL(pwrite);
    enum fate fate = visit_fd(WRITE, "pwrite", fd);
    CARRY_OUT(ssize_t, fate, real(fd, from, SHORTER(fate, count), offset));
}
ssize_t pwrite64(int fd, const void *from, size_t count, off64_t offset) { return pwrite(fd, from, count, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    enum fate fate = visit_fd(WRITE, "writev", fd);
    CARRY_OUT(ssize_t, fate, real(fd, parts, SHORTER(fate, count)));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    REAL(pwritev);
    enum fate fate = visit_fd(WRITE, "pwritev", fd);
    CARRY_OUT(ssize_t, fate, real(fd, parts, SHORTER(fate, count), offset));
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return pwritev(fd, parts, count, at); }

ssize_t send(int fd, const void *from, size_t count, int flags) {
    REAL(send);
    enum fate fate = visit_fd(SEND, "send", fd);
    CARRY_OUT(ssize_t, fate, real(fd, from, SHORTER(fate, count), flags));
}

ssize_t sendto(int fd, const void *from, size_t count, int flags, const struct sockaddr *to, socklen_t to_bytes) {
    REAL(sendto);
    enum fate fate = visit_fd(SEND, "sendto", fd);
    CARRY_OUT(ssize_t, fate, real(fd, from, SHORTER(fate, count), flags, to, to_bytes));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    CARRY_OUT(ssize_t, visit_fd(SEND, "sendmsg", fd), real(fd, message, flags));
}

#define ON_FD(name, kind, args, call, ...) \
    int name args { REAL(name); CARRY_OUT(int, visit_fd(kind, call, fd), real(__VA_ARGS__)); }
ON_FD(fsync, SYNC, (int fd), "fsync", fd)
ON_FD(fdatasync, SYNC, (int fd), "fdatasync", fd)
ON_FD(syncfs, SYNC, (int fd), "syncfs", fd)
ON_FD(ftruncate, TRUNCATE, (int fd, off_t size), "ftruncate", fd, size)
ON_FD(ftruncate64, TRUNCATE, (int fd, off64_t size), "ftruncate", fd, size)
ON_FD(fchmod, CHMOD, (int fd, mode_t mode), "fchmod", fd, mode)
ON_FD(fchown, CHMOD, (int fd, uid_t user, gid_t group), "fchown", fd, user, group)
ON_FD(flock, LOCK, (int fd, int how), "flock", fd, how)
ON_FD(fallocate, ALLOCATE, (int fd, int mode, off_t at, off_t size), "fallocate", fd, mode, at, size)
ON_FD(fallocate64, ALLOCATE, (int fd, int mode, off64_t at, off64_t size), "fallocate", fd, mode, at, size)

/* --- names; a call with two of them counts by the one that comes into being ------------------------------------ */

#define ON_PATH(name, kind, args, folder, path, ...) \
    int name args { REAL(name); CARRY_OUT(int, visit_path(kind, #name, folder, path), real(__VA_ARGS__)); }
ON_PATH(rename, RENAME, (const char *from, const char *to), AT_FDCWD, to, from, to)
ON_PATH(renameat, RENAME, (int a, const char *from, int b, const char *to), b, to, a, from, b, to)
ON_PATH(renameat2, RENAME, (int a, const char *from, int b, const char *to, unsigned how), b, to, a, from, b, to, how)
ON_PATH(link, LINK, (const char *from, const char *to), AT_FDCWD, to, from, to)
ON_PATH(linkat, LINK, (int a, const char *from, int b, const char *to, int how), b, to, a, from, b, to, how)
ON_PATH(symlink, SYMLINK, (const char *from, const char *to), AT_FDCWD, to, from, to)
ON_PATH(symlinkat, SYMLINK, (const char *from, int folder, const char *to), folder, to, from, folder, to)
ON_PATH(unlink, UNLINK, (const char *path), AT_FDCWD, path, path)
ON_PATH(rmdir, RMDIR, (const char *path), AT_FDCWD, path, path)
ON_PATH(mkdir, MKDIR, (const char *path, mode_t mode), AT_FDCWD, path, path, mode)
ON_PATH(mkdirat, MKDIR, (int folder, const char *path, mode_t mode), folder, path, folder, path, mode)
ON_PATH(truncate, TRUNCATE, (const char *path, off_t size), AT_FDCWD, path, path, size)
ON_PATH(truncate64, TRUNCATE, (const char *path, off64_t size), AT_FDCWD, path, path, size)
ON_PATH(chmod, CHMOD, (const char *path, mode_t mode), AT_FDCWD, path, path, mode)
ON_PATH(fchmodat, CHMOD, (int folder, const char *path, mode_t mode, int how), folder, path, folder, path, mode, how)
ON_PATH(chown, CHMOD, (const char *path, uid_t user, gid_t group), AT_FDCWD, path, path, user, group)
ON_PATH(lchown, CHMOD, (const char *path, uid_t user, gid_t group), AT_FDCWD, path, path, user, group)
ON_PATH(fchownat, CHMOD, (int folder, const char *path, uid_t user, gid_t group, int how), folder, path, folder, path, user, group, how)

int unlinkat(int folder, const char *path, int how) {
    REAL(unlinkat);
    unsigned kind = how & AT_REMOVEDIR ? RMDIR : UNLINK;
    CARRY_OUT(int, visit_path(kind, "unlinkat", folder, path), real(folder, path, how));
}

/* --- waiting: how long is tested elsewhere, here thousands of runs must end -------------------------------------- */

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left) {
    REAL(clock_nanosleep);
    struct timespec shortest = {0, 1000000}, now;
    if (!armed.on) return real(clock, flags, wanted, left);
    if (!(flags & TIMER_ABSTIME)) {
        int longer = wanted->tv_sec || wanted->tv_nsec > shortest.tv_nsec;
        return real(clock, flags, longer ? &shortest : wanted, left);
    }
    clock_gettime(clock, &now);
    if (wanted->tv_sec < now.tv_sec || (wanted->tv_sec == now.tv_sec && wanted->tv_nsec < now.tv_nsec)) return 0;
    return real(clock, 0, &shortest, NULL);
}
