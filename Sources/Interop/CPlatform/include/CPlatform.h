/* What Swift's view of the C library leaves out, or what may not run between fork and exec in Swift. */
#ifndef CPLATFORM_H
#define CPLATFORM_H

/* Glibc's module leaves these two out. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

/// Starts a program. `argv` and `envp` end with NULL; `descriptors` are the three that become 0, 1
/// and 2 (-1: /dev/null). The child is in a session of its own when `new_session` is not 0, starts
/// with no signal blocked and all at their defaults, keeps no other descriptor, and is killed when
/// the thread that made it ends if `die_with_parent` is not 0.
/// Returns the child's process id, or -1 with errno.
pid_t planetbed_spawn(const char *path, char *const argv[], char *const envp[],
                      const int descriptors[3], int new_session, int die_with_parent);

/// Makes a pipe whose ends are not passed on to programs. Returns 0, or -1 with errno (pipe2(2)).
int planetbed_pipe(int ends[2]);

/// Enters the network namespace that `path` names, for the calling thread and those it makes
/// later. Returns 0, or -1 with errno (setns(2)).
int planetbed_enter_network_namespace(const char *path);

/// A socket (socket(2)) in the network namespace that `path` names; the calling thread is back in its
/// own when this returns. Returns the descriptor, or -1 with errno.
int planetbed_socket_in_network_namespace(const char *path, int domain, int type);

/// A descriptor of the process (pidfd_open(2)): it becomes readable when the process has ended, and
/// never comes to mean another process. Returns -1 with errno.
int planetbed_process_descriptor(pid_t process);

/// Sends a signal to the process that the descriptor is of. Returns 0, or -1 with errno.
int planetbed_signal_process(int descriptor, int number);

/// The terminal's width in columns that `descriptor` is open on, or 0 when it is none.
int planetbed_terminal_columns(int descriptor);

/// Names the calling thread, for `ps -T` and debuggers; 15 bytes at most.
void planetbed_name_thread(const char *name);

#endif
