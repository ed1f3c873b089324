/* Stands between a process and its disk and clock (LD_PRELOAD).
 *
 * What it does is said in a file that it maps, SIEGE_CONTROL, and may be changed at any time: syncs are delayed or fail,
 * writes fail, the clock is off. It touches files under SIEGE_FOLDER alone, and not the ones that end in -shm, which
 * hold nothing that has to last. If SIEGE_LOG is set, every change of such a file is appended there, in order.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control { int32_t sync_delay_ms, sync_errno, write_errno, reserved; int64_t clock_offset_s; };
enum { OPEN = 1, WRITE, TRUNCATE, SYNC, UNLINK };
struct record { uint32_t what, path_bytes; uint64_t offset, length; };

#define FILES 65536
static volatile struct control *control;
static const char *folder;
static int log_file = -1;
static uint64_t logged;
static char *paths[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t really_write(int file, const void *data, size_t length) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(file, data, length);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SIEGE_CONTROL");
    folder = getenv("SIEGE_FOLDER");
    int file = path ? open(path, O_RDWR) : -1;
    if (file < 0) return;
    control = mmap(NULL, sizeof(struct control), PROT_READ, MAP_SHARED, file, 0);
    if (control == MAP_FAILED) control = NULL;
    close(file);
    if (getenv("SIEGE_LOG")) log_file = open(getenv("SIEGE_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) {
    size_t length = strlen(path);
    if (!folder || strncmp(path, folder, strlen(folder))) return 0;
    return length < 4 || strcmp(path + length - 4, "-shm");
}

/* Append a record; returns where it ends. */
static void note(uint32_t what, const char *path, uint64_t offset, const void *data, uint64_t length) {
    if (log_file < 0) return;
    struct record head = {what, (uint32_t)strlen(path), offset, length};
    uint64_t data_bytes = data ? length : 0;
    char *whole = malloc(sizeof head + head.path_bytes + data_bytes);
    memcpy(whole, &head, sizeof head);
    memcpy(whole + sizeof head, path, head.path_bytes);
    if (data_bytes) memcpy(whole + sizeof head + head.path_bytes, data, data_bytes);
    uint64_t size = sizeof head + head.path_bytes + data_bytes;
    pthread_mutex_lock(&lock);
    if (really_write(log_file, whole, size) != (ssize_t)size) abort();
    logged += size;
    pthread_mutex_unlock(&lock);
    free(whole);
}

static const char *path_of(int file) { return control && file >= 0 && file < FILES ? paths[file] : NULL; }

static int opened(int file, const char *path, int flags) {
    if (control && file >= 0 && file < FILES && is_ours(path)) {
        paths[file] = strdup(path);
        if (flags & O_CREAT) note(OPEN, path, 0, NULL, 0);
    }
    return file;
}

#define OPENER(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return opened(real(path, flags, mode), path, flags); \
    }
OPENER(open)
OPENER(open64)

int close(int file) {
    REAL(int, "close", int);
    if (path_of(file)) paths[file] = NULL;
    return real(file);
}

static int fails(const char *path) {
    if (!path || !control->write_errno) return 0;
    errno = control->write_errno;
    return 1;
}

#define WRITER(name, type) \
    ssize_t name(int file, const void *data, size_t length, type offset) { \
        REAL(ssize_t, #name, int, const void *, size_t, type); \
        const char *path = path_of(file); \
        if (fails(path)) return -1; \
        ssize_t written = real(file, data, length, offset); \
        if (path && written > 0) note(WRITE, path, (uint64_t)offset, data, (uint64_t)written); \
        return written; \
    }
WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)

ssize_t write(int file, const void *data, size_t length) {
    const char *path = path_of(file);
    if (!path) return really_write(file, data, length);
    if (fails(path)) return -1;
    uint64_t offset = (uint64_t)lseek(file, 0, SEEK_CUR);
    ssize_t written = really_write(file, data, length);
    if (written > 0) note(WRITE, path, offset, data, (uint64_t)written);
    return written;
}

#define TRUNCATER(name, type) \
    int name(int file, type length) { \
        REAL(int, #name, int, type); \
        const char *path = path_of(file); \
        if (fails(path)) return -1; \
        int result = real(file, length); \
        if (path && !result) note(TRUNCATE, path, (uint64_t)length, NULL, 0); \
        return result; \
    }
TRUNCATER(ftruncate, off_t)
TRUNCATER(ftruncate64, off64_t)

/* A sync covers what was logged when it began; the record, written once it has ended, says where that was. */
#define SYNCER(name) \
    int name(int file) { \
        REAL(int, #name, int); \
        const char *path = path_of(file); \
        if (!path) return real(file); \
        uint64_t began = logged; \
        if (control->sync_delay_ms) usleep((useconds_t)control->sync_delay_ms * 1000); \
        if (control->sync_errno) { errno = control->sync_errno; return -1; } \
        int result = real(file); \
        if (!result) note(SYNC, path, began, NULL, 0); \
        return result; \
    }
SYNCER(fsync)
SYNCER(fdatasync)

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    int result = real(path);
    if (!result && control && is_ours(path)) note(UNLINK, path, 0, NULL, 0);
    return result;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int result = real(clock, time);
    if (control && clock == CLOCK_REALTIME) time->tv_sec += control->clock_offset_s;
    return result;
}
