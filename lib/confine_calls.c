/* SPDX-License-Identifier: MIT */
/*
 * Which system calls are refused, by seccomp.  A list of what is refused, not
 * of what is allowed: a new libc must not break an old tool.  Refused calls
 * fail with EPERM; the units add an allow-list on top.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "lib/confine_os.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

/* The promise without which a call is refused; 0: always refused. */
static const struct {
	unsigned unless;
	unsigned call;
} refused[] = {
	{ 0, SYS_ptrace },
	{ 0, SYS_process_vm_readv },
	{ 0, SYS_process_vm_writev },
	{ 0, SYS_mount },
	{ 0, SYS_umount2 },
	{ 0, SYS_pivot_root },
	{ 0, SYS_chroot },
	{ 0, SYS_unshare },
	{ 0, SYS_setns },
	{ 0, SYS_keyctl },
	{ 0, SYS_add_key },
	{ 0, SYS_request_key },
	{ 0, SYS_bpf },
	{ 0, SYS_perf_event_open },
	{ 0, SYS_init_module },
	{ 0, SYS_finit_module },
	{ 0, SYS_delete_module },
	{ 0, SYS_kexec_load },
	{ 0, SYS_reboot },
	{ 0, SYS_swapon },
	{ 0, SYS_swapoff },
	{ 0, SYS_settimeofday },
	{ 0, SYS_clock_settime },
	{ 0, SYS_userfaultfd },
	{ 0, SYS_personality },
	{ 0, SYS_io_uring_setup },
	{ CONFINE_INET | CONFINE_DNS, SYS_socket },
	{ CONFINE_INET | CONFINE_DNS, SYS_connect },
	{ CONFINE_INET, SYS_bind },
	{ CONFINE_INET, SYS_listen },
	{ CONFINE_INET, SYS_accept4 },
	{ CONFINE_EXEC, SYS_execve },
	{ CONFINE_EXEC, SYS_execveat },
#ifdef SYS_fork
	{ CONFINE_PROC, SYS_fork },
	{ CONFINE_PROC, SYS_vfork },
	{ CONFINE_INET, SYS_accept },
#endif
};
#define N_REFUSED (sizeof(refused) / sizeof(*refused))

#ifdef NATIVE
static void
load(struct sock_filter **at, size_t offset)
{
	*(*at)++ = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, (unsigned)offset);
}

/* If the loaded word compares so with value, fail with error, else go on. */
static void
refuse(struct sock_filter **at, unsigned short test, unsigned value,
    unsigned error)
{
	*(*at)++ =
	    (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, value, 0, 1);
	*(*at)++ = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
}

/* fork(3) is clone(2) without CLONE_THREAD; clone3 hides its flags, and libc
 * falls back from it on ENOSYS. */
static void
refuse_fork(struct sock_filter **at)
{
	refuse(at, BPF_JEQ, SYS_clone3, ENOSYS);
	*(*at)++ = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
	load(at, offsetof(struct seccomp_data, args[0]));
	*(*at)++ = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
	*(*at)++ = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	load(at, offsetof(struct seccomp_data, nr));
}
#endif

int
confine_calls(unsigned bits)
{
#ifdef NATIVE
	struct sock_filter code[2 * N_REFUSED + 24], *at = code;
	struct sock_fprog program = { 0, code };

	/* Another architecture's numbers mean other calls: refuse them all. */
	load(&at, offsetof(struct seccomp_data, arch));
	*at++ = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
	*at++ = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	load(&at, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	refuse(&at, BPF_JGE, 0x40000000, EPERM); /* x32 has its own numbers */
#endif
	for (size_t i = 0; i < N_REFUSED; i++)
		if ((refused[i].unless & bits) == 0)
			refuse(&at, BPF_JEQ, refused[i].call, EPERM);
	if ((bits & CONFINE_PROC) == 0)
		refuse_fork(&at);
	*at++ =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = (unsigned short)(at - code);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return errno == EINVAL || errno == ENOSYS ? 0 : -1;
#else
	(void)bits;
#endif
	return 0;
}
