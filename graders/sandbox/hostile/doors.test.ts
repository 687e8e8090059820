import { describe, expect, test } from 'vitest'
import { start } from '../started.ts'

describe('looking around finds nothing', () => {
  test('of ours in /proc and the environment', async () => {
    const code = `
import glob, os
def read(path):
    try: return open(path, 'rb').read().decode('utf-8', 'replace')
    except OSError as error: return str(error)
def run():
    paths = [p for n in ('environ', 'cmdline', 'maps', 'mountinfo') for p in glob.glob('/proc/[0-9]*/' + n)]
    return {'text': '\\n'.join(map(read, paths)), 'env': sorted(os.environ), 'ids': sorted(map(int, filter(str.isdigit, os.listdir('/proc')))),
            'who': [os.getuid(), os.getgid()], 'caps': [l for l in read('/proc/self/status').split('\\n') if l.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))],
            'sockets': glob.glob('/var/run/*.sock') + glob.glob('/run/*.sock'), 'links': sorted(os.listdir('/sys/class/net'))}`
    const { sandbox, session } = await start('python', code)
    // biome-ignore lint/suspicious/noExplicitAny: whatever the submission found
    const found: any = await session.call('run', [], 'json')
    expect(found.text).not.toMatch(/hidden|suite|judge|docker\.sock|postgres:\/\//i)
    expect(found.text).not.toContain(process.cwd())
    expect(found.env).toEqual(expect.not.arrayContaining(['DATABASE_URL', 'DOCKER_HOST']))
    // The shell that waits for the runner, and the runner.
    expect(found.ids).toHaveLength(2)
    expect(found.who[0]).toBeGreaterThanOrEqual(30_000)
    expect(found.who[1]).toBe(found.who[0])
    expect(found.caps).toEqual(
      expect.arrayContaining([
        'CapEff:\t0000000000000000',
        'CapBnd:\t0000000000000000',
        'NoNewPrivs:\t1',
        'Seccomp:\t2',
      ]),
    )
    expect(found.sockets).toEqual([])
    expect(found.links).toEqual(['lo'])
    await sandbox.kill()
  })

  test('to connect to', async () => {
    const code = `
import { lookup } from 'node:dns/promises'
import { connect } from 'node:net'
const dial = (host: string, port: number) => new Promise((resolve) => {
  const socket = connect({ host, port, timeout: 2000 }, () => resolve('connected'))
  socket.on('error', (error) => resolve((error as NodeJS.ErrnoException).code))
  socket.on('timeout', () => resolve('timeout'))
})
export const run = async () => [
  ...await Promise.all([dial('1.1.1.1', 53), dial('172.17.0.1', 22), dial('169.254.169.254', 80), dial('127.0.0.1', 2375), dial('::1', 22)]),
  await lookup('example.com').catch(() => 'no name'),
]`
    const { sandbox, session } = await start('typescript', code)
    const answers = (await session.call('run', [], { list: 'string' })) as string[]
    expect(answers.slice(0, 3)).toEqual(['ENETUNREACH', 'ENETUNREACH', 'ENETUNREACH'])
    expect(answers).not.toContain('connected')
    expect(answers[5]).toBe('no name')
    await sandbox.kill()
  })

  test('of the kernel to talk to', async () => {
    const code = `
import ctypes, errno, mmap, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
numbers = {'x86_64': dict(ptrace=101, mount=165, umount2=166, unshare=272, setns=308, bpf=321, keyctl=250, add_key=248, request_key=249,
    perf_event_open=298, userfaultfd=323, io_uring_setup=425, io_uring_enter=426, io_uring_register=427, process_vm_readv=310,
    process_vm_writev=311, pidfd_getfd=438, kcmp=312, kexec_load=246, kexec_file_load=320, init_module=175, finit_module=313,
    delete_module=176, open_by_handle_at=304, name_to_handle_at=303, chroot=161, pivot_root=155, move_mount=429, open_tree=428,
    fsopen=430, fsconfig=431, fsmount=432, fspick=433, mount_setattr=442, clone3=435, reboot=169,
    swapon=167, acct=163, quotactl=179, syslog=103, iopl=172, ioperm=173, modify_ldt=154, uselib=134, sethostname=170,
    setdomainname=171, settimeofday=164, adjtimex=159, clock_settime=227, clock_adjtime=305, fanotify_init=300, memfd_secret=447,
    landlock_create_ruleset=444, io_setup=206, mbind=237, migrate_pages=256, move_pages=279, set_mempolicy=238, mq_open=240,
    msgget=68, semget=64, shmget=29, vmsplice=278, sync=162, syncfs=306, seccomp=317, lookup_dcookie=212, vhangup=153)}
def family(number):
    try: socket.socket(number, socket.SOCK_DGRAM if number != 16 else socket.SOCK_RAW).close()
    except OSError as error: return errno.errorcode[error.errno]
    return 'opened'
def call(number):
    ctypes.set_errno(0)
    return errno.errorcode[ctypes.get_errno()] if libc.syscall(number, 0, 0, 0, 0, 0) == -1 else 'done'
def clone(flags):
    ctypes.set_errno(0)
    done = libc.syscall(56, flags | 17, 0, 0, 0, 0)
    if done == 0: os._exit(0)
    return errno.errorcode[ctypes.get_errno()] if done == -1 else 'done'
def other_convention(enter):
    child = os.fork()
    if child == 0:
        if enter() != -1: os._exit(42)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return 'done' if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 42 else 'refused'
def by_interrupt():
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
def attempt(action):
    try: return str(action())
    except OSError as error: return errno.errorcode[error.errno]
def write_and_run():
    open('/tmp/x', 'w').write('#!/bin/sh\\necho ran'); os.chmod('/tmp/x', 0o755); os.execv('/tmp/x', ['x'])
def run():
    return {'families': {str(n): family(n) for n in range(46) if n not in (0, 1, 2, 10)}, 'inet': [family(1), family(2), family(10)],
            'calls': {name: call(number) for name, number in numbers[platform.machine()].items()},
            'conventions': [other_convention(lambda: libc.syscall(0x40000000 + 39)), other_convention(by_interrupt)] if platform.machine() == 'x86_64' else ['refused'] * 2,
            'clones': [clone(flag) for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x80)],
            'raw': attempt(lambda: socket.socket(2, socket.SOCK_RAW, 1)), 'exec': attempt(write_and_run),
            'root': attempt(lambda: os.setuid(0)), 'device': attempt(lambda: os.mknod('/tmp/d', 0o60600, 0x800)),
            'mem': attempt(lambda: open('/proc/sys/kernel/core_pattern', 'w'))}`
    const { sandbox, session } = await start('python', code)
    // biome-ignore lint/suspicious/noExplicitAny: whatever the kernel answered
    const answers: any = await session.call('run', [], 'json')
    expect(new Set(Object.values(answers.families))).toEqual(new Set(['EPERM']))
    expect(answers.inet).toEqual(['opened', 'opened', 'opened'])
    const { io_uring_setup, io_uring_enter, io_uring_register, clone3, ...others } = answers.calls
    expect([io_uring_setup, io_uring_enter, io_uring_register, clone3]).toEqual(Array(4).fill('ENOSYS'))
    expect(others).toEqual(Object.fromEntries(Object.keys(others).map((name) => [name, 'EPERM'])))
    expect(answers.clones).toEqual(Array(8).fill('EPERM'))
    // The numbers of x32 and of 32-bit programs, which no line of the profile names.
    expect(answers.conventions).toEqual(['refused', 'refused'])
    expect(answers).toMatchObject({ raw: 'EPERM', exec: 'EACCES', root: 'EPERM', device: 'EPERM', mem: 'EROFS' })
    await sandbox.kill()
  })
})
