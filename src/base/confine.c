#include "base/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* A list of what is refused, not of what is allowed: libraries change what they call, and a server that
 * dies of a new libc is no safer one. Starting programs is what an intruder needs first. */
static const int refused[] = {
	SYS_execve, SYS_execveat, SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2,
	SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare, SYS_init_module, SYS_finit_module,
	SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load, SYS_bpf, SYS_perf_event_open,
	SYS_userfaultfd, SYS_io_uring_setup, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_personality,
	SYS_open_by_handle_at, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl,
#ifndef __SANITIZE_ADDRESS__ /* its search for leaks traces the process */
	SYS_ptrace,
#endif
};

#if defined(__x86_64__)
enum { ARCH = AUDIT_ARCH_X86_64, NUMBERS_END = 0x40000000 }; /* from there on: the x32 calls */
#elif defined(__aarch64__)
enum { ARCH = AUDIT_ARCH_AARCH64, NUMBERS_END = 0x40000000 };
#else
enum { ARCH = 0, NUMBERS_END = 0 };
#endif

enum { EACH = ARRAY_LEN(refused), HEAD = 5, LENGTH = HEAD + EACH + 2 };

static struct sock_filter load(size_t at)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)at);
}

static struct sock_filter jump(uint16_t how, uint32_t value, size_t yes, size_t no)
{
	return (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | how | BPF_K), value, (uint8_t)yes,
					    (uint8_t)no);
}

static enum err filter(struct cx *cx)
{
	struct sock_filter code[LENGTH];
	struct sock_fprog program = {.len = LENGTH, .filter = code};

	code[0] = load(offsetof(struct seccomp_data, arch));
	code[1] = jump(BPF_JEQ, (uint32_t)ARCH, 1, 0);
	code[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[3] = load(offsetof(struct seccomp_data, nr));
	code[4] = jump(BPF_JGE, NUMBERS_END, EACH + 1, 0);
	for (size_t i = 0; i < EACH; i++)
		code[HEAD + i] = jump(BPF_JEQ, (uint32_t)refused[i], EACH - i, 0);
	code[HEAD + EACH] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[HEAD + EACH + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	/* EINVAL: a kernel without it. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) && errno != EINVAL)
		return cx_errno(cx, "set", "the filter of system calls");
	return ERR_OK;
}

enum err confine(struct cx *cx)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) && errno != EPERM) /* EPERM: a stricter filter than ours is set */
		return cx_errno(cx, "forbid", "core files");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return cx_errno(cx, "give up", "new privileges");
	return ARCH ? filter(cx) : ERR_OK;
}
