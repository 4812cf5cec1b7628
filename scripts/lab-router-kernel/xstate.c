/* Lets user-mode Linux 6.1 run on processors with AMX.
 *
 * It keeps the 2696 bytes of a process's extended state that processors had up to AVX-512, and gives
 * them back with ptrace(PTRACE_SETREGSET). A kernel whose processor has more state (AMX: 11008 bytes)
 * refuses to take less than all of it, and user-mode Linux panics as soon as its first process runs:
 * "userspace - ptrace set fp regs failed". This library, preloaded into it, gives the kernel what it
 * asks for: the same state, and zeros behind. The header among the first bytes says which parts are in
 * use, and what is behind never is: no process gets to use AMX without asking, which user-mode Linux
 * does not know of. On other processors it changes nothing.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* How many bytes the extended state of a process has, by the processor's own word (leaf 13). */
static unsigned int state_size(void) {
  static unsigned int size;
  unsigned int eax, ebx, ecx, edx;
  if (size == 0 && __get_cpuid_count(13, 0, &eax, &ebx, &ecx, &edx)) size = ebx;
  return size;
}

/* ptrace(2), as the C library has it but for the state that is too short. */
long ptrace(enum __ptrace_request request, ...) {
  static char whole[64 * 1024];
  va_list arguments;
  va_start(arguments, request);
  pid_t process = va_arg(arguments, pid_t);
  void *address = va_arg(arguments, void *);
  void *data = va_arg(arguments, void *);
  va_end(arguments);

  if (request == PTRACE_SETREGSET && (unsigned long)address == NT_X86_XSTATE) {
    const struct iovec *given = data;
    unsigned int size = state_size();
    if (given->iov_len < size && size <= sizeof whole) {
      /* What is behind stays zero: nothing longer is ever copied here. */
      memcpy(whole, given->iov_base, given->iov_len);
      struct iovec all = {whole, size};
      return syscall(SYS_ptrace, request, process, address, &all);
    }
  }

  /* These three give their word as the result, where the kernel wants to know where to put it. */
  long word = 0;
  int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
  long result = syscall(SYS_ptrace, request, process, address, peeks ? &word : data);
  return peeks && result >= 0 ? word : result;
}
