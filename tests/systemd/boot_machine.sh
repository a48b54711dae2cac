#!/bin/bash
# The first process of a machine of tests.systemd.machine: makes its file systems, and becomes systemd.
# Everything here happens in new namespaces; what is mounted goes with them.
set -eu
folder=$1
new=$folder/new
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$new"
mount -t proc proc "$new/proc"
mount --bind "$new/proc/sys" "$new/proc/sys"
mount -o remount,bind,ro "$new/proc/sys"
mount -t sysfs sysfs "$new/sys" -o ro
mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
mount -t tmpfs tmpfs "$new/dev" -o mode=755,size=16M
for node in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$new/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$new/dev/tty" c 5 0
mkdir "$new/dev/pts" "$new/dev/shm"
mount -t devpts devpts "$new/dev/pts" -o newinstance,ptmxmode=666,mode=620
mount -t tmpfs tmpfs "$new/dev/shm" -o mode=1777
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
[ ! -e "$new/proc/sysrq-trigger" ] || mount --bind "$new/dev/null" "$new/proc/sysrq-trigger"
mount -t tmpfs tmpfs "$new/run" -o mode=755
mount -t tmpfs tmpfs "$new/tmp" -o mode=1777
cd "$new"
mkdir -p old
pivot_root . old
umount -l /old
exec setpriv --bounding-set -sys_module,-sys_time,-sys_rawio,-syslog env -i container=mydesk \
    PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=lab.target --log-target=journal \
    --show-status=no --crash-reboot=no
