#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run the programs under Debian's own kernel, in a QEMU guest.
#
#	test/vm/run.sh [SCRIPT]
#
# The guest sees this machine's root read-only over 9p, with a tmpfs on top,
# so what was built and installed here runs there under the other kernel.
# The kernel package is downloaded and unpacked below build/vm, never
# installed.  SCRIPT (test/vm/guest.sh) runs as the guest's process 1; what it
# prints on standard output is the result, as TAP lines.

set -u
export LC_ALL=C

TF_TOP=${TF_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
TF_BUILD=${TF_BUILD:-$TF_TOP/build}
VM=$TF_TOP/build/vm
SCRIPT=${1:-$TF_TOP/test/vm/guest.sh}
LIMIT=${VM_TIMEOUT:-290}

# shellcheck source=test/kernel.sh
. "$TF_TOP/test/kernel.sh"

# Modules that the first stage loads, in the order modprobe finds.
STAGE1='virtio_pci 9pnet_virtio 9p overlay'

give_up()
{
	if [ "${MUST_WORK:-0}" = 1 ]; then
		echo "not ok 1 - vm: $1"
		echo "0 passed, 1 failed"
		exit 1
	fi
	echo "ok 1 - vm # SKIP $1"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

write_init()
{
	cat <<-END
	#!/bin/busybox sh
	bb=/bin/busybox
	\$bb mount -t devtmpfs dev /dev
	\$bb mount -t proc proc /proc
	while read -r f; do \$bb insmod "\$f"; done </modules
	\$bb mkdir -p /h /t /n
	\$bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /h
	\$bb mount -t tmpfs tmp /t
	\$bb mkdir /t/u /t/w
	\$bb mount -t overlay -o lowerdir=/h,upperdir=/t/u,workdir=/t/w over /n
	\$bb mkdir -p /n/usr/lib/modules
	\$bb mount -o bind "/h$MODS/lib/modules" /n/usr/lib/modules
	\$bb rm -f /n/usr/sbin/modprobe
	\$bb cp /bin/busybox /n/usr/sbin/modprobe
	\$bb mount -t proc proc /n/proc
	\$bb mount -t sysfs sys /n/sys
	\$bb mount -t devtmpfs dev /n/dev
	\$bb mount -t tmpfs tmp /n/run
	# Process 1 itself moves: the kernel looks for modprobe from there.
	exec \$bb chroot /n /bin/sh -c '
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
		export TF_TOP="$TF_TOP" TF_BUILD="$TF_BUILD"
		export MUST_WORK="${MUST_WORK:-0}" LC_ALL=C HOME=/root
		cd "$TF_TOP"
		/bin/sh "$SCRIPT" </dev/null >/dev/ttyS1 2>/dev/ttyS1
		echo "vm: exit status \$?" >/dev/ttyS1
		echo o >/proc/sysrq-trigger
		sleep 60'
	END
}

make_initrd()
{
	root=$VM/initrd
	rm -rf "$root"
	mkdir -p "$root/bin" "$root/dev" "$root/proc"
	cp "$BB" "$root/bin/busybox"
	: >"$root/modules"
	for f in $(module_files "$KDIR" "$STAGE1"); do
		cp "$KDIR/$f" "$root/"
		echo "/${f##*/}" >>"$root/modules"
	done
	write_init >"$root/init"
	chmod +x "$root/init"
	(cd "$root" && find . | "$BB" cpio -o -H newc -R 0:0 2>/dev/null) \
		>"$VM/initrd.cpio"
	rm -rf "$root"
}

prepare()
{
	mkdir -p "$VM" || return 1
	kpkg=$(kernel_package linux-image-amd64)
	if [ -z "$kpkg" ]; then
		apt-get -q update >"$VM/apt.log" 2>&1
		kpkg=$(kernel_package linux-image-amd64)
	fi
	bdeb=$(fetch busybox-static) || return 1
	kdeb=$(fetch "${kpkg:-none}") || return 1
	MODS=$VM/root
	BB=$VM/busybox/bin/busybox
	if [ "$(cat "$VM/stamp" 2>/dev/null)" != "$kdeb" ]; then
		rm -rf "$VM/stamp" "$MODS" "$VM/busybox"
		dpkg-deb -x "$bdeb" "$VM/busybox" || return 1
		dpkg-deb -x "$kdeb" "$MODS" || return 1
		extract_kernel "$MODS"/boot/vmlinuz-* "$VM/kernel" || return 1
		ver=$(ls "$MODS/lib/modules")
		"$BB" depmod -b "$MODS" "$ver" || return 1
		echo "$kdeb" >"$VM/stamp"
	fi
	KDIR=$MODS/lib/modules/$(ls "$MODS/lib/modules")
	make_initrd
}

for tool in qemu-system-x86_64 apt-cache apt-get dpkg-deb timeout; do
	command -v $tool >/dev/null || give_up "$tool is not installed"
done
[ "$(id -u)" = 0 ] || give_up "needs root"
prepare || give_up "the kernel package could not be prepared"

: >"$VM/result"
timeout "$LIMIT" qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 768 \
	-nodefaults -no-user-config -display none -no-reboot \
	-serial "file:$VM/console" -serial "file:$VM/result" \
	-kernel "$VM/kernel" -initrd "$VM/initrd.cpio" \
	-append 'console=ttyS0 quiet panic=-1 mitigations=off' \
	-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
	</dev/null 2>"$VM/qemu.log"
rc=$?

tr -d '\r' <"$VM/result" | awk '
	/^vm: exit status / { next }
	/^(not )?ok [0-9]* / { sub("ok [0-9]*", "ok " ++n) }
	{ print }'
passed=$(grep -c '^ok ' "$VM/result")
failed=$(grep -c '^not ok ' "$VM/result")
skipped=$(grep -c '^ok .*# SKIP' "$VM/result")
if [ $rc != 0 ] || ! grep -q '^vm: exit status ' "$VM/result"; then
	echo "not ok $((passed + failed + 1)) - vm: the guest did not finish" \
		"(qemu status $rc)"
	sed 's/^/# /' "$VM/qemu.log"
	tail -n 20 "$VM/console" | tr -d '\r' | sed 's/^/# /'
	failed=$((failed + 1))
fi
echo "$((passed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt "$skipped" ]
