#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void become_program(const char *path, char *const argv[], char *const envp[],
                           const int descriptors[3], int new_session, int die_with_parent,
                           pid_t parent, int report) {
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (new_session) setsid();
  if (die_with_parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
  }
  /* All three are first moved out of the way, so that none is overwritten before it is used. */
  int moved[3];
  for (int target = 0; target < 3; target++) {
    int source = descriptors[target] >= 0 ? descriptors[target] : open("/dev/null", O_RDWR);
    moved[target] = fcntl(source, F_DUPFD, 10);
    if (moved[target] < 0) goto failed;
  }
  int kept = fcntl(report, F_DUPFD_CLOEXEC, 10);
  if (kept < 0) goto failed;
  report = kept;
  for (int target = 0; target < 3; target++) {
    if (dup2(moved[target], target) < 0) goto failed;
  }
  for (int target = 0; target < 3; target++) close(moved[target]);
  syscall(SYS_close_range, 3u, (unsigned)report - 1, 0u);
  syscall(SYS_close_range, (unsigned)report + 1, ~0u, 0u);
  execve(path, argv, envp);
failed:;
  int reason = errno;
  ssize_t ignored = write(report, &reason, sizeof reason);
  (void)ignored;
  _exit(127);
}

pid_t planetbed_spawn(const char *path, char *const argv[], char *const envp[],
                      const int descriptors[3], int new_session, int die_with_parent) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) return -1;
  /* No handler of this process may run in the child before its handlers are back at the default. */
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t parent = getpid();
  pid_t child = fork();
  int reason = errno;
  if (child == 0) {
    become_program(path, argv, envp, descriptors, new_session, die_with_parent, parent, report[1]);
  }
  sigprocmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (child > 0) {
    ssize_t got;
    do got = read(report[0], &reason, sizeof reason);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
      waitpid(child, NULL, 0);
      child = -1;
    }
  }
  close(report[0]);
  if (child < 0) errno = reason;
  return child;
}

int planetbed_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int planetbed_enter_network_namespace(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int result = setns(descriptor, CLONE_NEWNET);
  int reason = errno;
  close(descriptor);
  errno = reason;
  return result;
}

int planetbed_socket_in_network_namespace(const char *path, int domain, int type) {
  int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (home < 0) return -1;
  int result = planetbed_enter_network_namespace(path);
  int reason = errno;
  if (result == 0) {
    result = socket(domain, type | SOCK_CLOEXEC, 0);
    reason = errno;
    /* A thread left behind in another network would silently send the rest of its traffic there. */
    if (setns(home, CLONE_NEWNET) != 0) abort();
  }
  close(home);
  errno = reason;
  return result;
}

int planetbed_process_descriptor(pid_t process) {
  return (int)syscall(SYS_pidfd_open, process, 0u);
}

int planetbed_signal_process(int descriptor, int number) {
  return (int)syscall(SYS_pidfd_send_signal, descriptor, number, NULL, 0u);
}

int planetbed_terminal_columns(int descriptor) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

void planetbed_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
