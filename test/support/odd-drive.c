// A drive that lacks what SQLite needs, for LD_PRELOAD: ODD_DRIVE=locks or ODD_DRIVE=memory says what is missing.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int lacks(const char *what) {
  const char *missing = getenv("ODD_DRIVE");
  return missing && strcmp(missing, what) == 0;
}

static int control(const char *name, int fd, int command, void *value) {
  int isLock = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK;
  if (isLock && lacks("locks")) {
    errno = ENOLCK;
    return -1;
  }
  int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
  return real(fd, command, value);
}

int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *value = va_arg(rest, void *);
  va_end(rest);
  return control("fcntl", fd, command, value);
}

int fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *value = va_arg(rest, void *);
  va_end(rest);
  return control("fcntl64", fd, command, value);
}

static int isSharedMemory(int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strstr(path, "-shm") != 0;
}

void *mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset) {
  if (fd >= 0 && lacks("memory") && isSharedMemory(fd)) {
    errno = ENODEV;
    return MAP_FAILED;
  }
  void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap64");
  return real(at, length, protection, flags, fd, offset);
}
