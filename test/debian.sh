# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the Debian package, after lib.sh: a Debian of its own in a
# directory that goes at the end, with all mounts and processes.
#
#   deb_enter TOOL...     run the program again in network, mount and process
#                         namespaces of its own, if that is not done
#   deb_online COMMAND... run it with the network that apt needs
#   deb_base              unpack what a Debian is made of, unless it is there
#   deb_tree              make the tree DEB_ROOT
#   deb_in COMMAND...     run it in DEB_ROOT
#   deb_bridge            bridge br0 with a port p0 whose peer is p1
#   deb_boot              run systemd in DEB_ROOT
#   deb_booted COMMAND... run it beneath that systemd
#   deb_halt              end it
#   deb_clear             remove all of that

DEB_WORK=$TF_BUILD/package
DEB_ROOT=$DEB_WORK/root
DEB_ENV='env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8'
DEB_NSPAWN=
DEB_GROUPS=

# Descriptor 9 is the network namespace that is left.
deb_enter() {
	[ -z "${TF_NS:-}" ] || return 0
	t_need_root
	t_need "$@"
	mkdir -p "$DEB_WORK"
	TF_NS=1 exec unshare -n -m -p -f --kill-child --mount-proc "$0" \
		9</proc/self/ns/net
}

deb_online() {
	nsenter --net=/proc/self/fd/9 "$@"
}

# It takes most of the time, so it is kept for a week.
deb_base() {
	deb_tar=$DEB_WORK/base.tar
	[ -z "$(find "$deb_tar" -mtime -7 2>/dev/null)" ] || return 0
	deb_mirror=$(apt-get indextargets --format '$(REPO_URI)' \
		'Created-By: Packages' 'Codename: bookworm' | head -n 1)
	rm -rf "$DEB_WORK/base" "$deb_tar"
	deb_online debootstrap --variant=minbase \
		--include=systemd,dbus,nftables bookworm "$DEB_WORK/base" \
		"${deb_mirror:-http://deb.debian.org/debian}" || return 1
	tar -C "$DEB_WORK/base" -cf "$deb_tar.new" . || return 1
	mv "$deb_tar.new" "$deb_tar"
	rm -rf "$DEB_WORK/base"
}

deb_tree() {
	rm -rf "$DEB_ROOT"
	mkdir "$DEB_ROOT" || return 1
	mount -t tmpfs -o mode=755 root "$DEB_ROOT" || return 1
	tar -C "$DEB_ROOT" -xf "$DEB_WORK/base.tar" || return 1
	cp /etc/resolv.conf "$DEB_ROOT/etc/" || return 1
	# Nothing is started outside of what deb_boot boots
	printf '#!/bin/sh\nexit 101\n' >"$DEB_ROOT/usr/sbin/policy-rc.d"
	chmod 755 "$DEB_ROOT/usr/sbin/policy-rc.d"
	deb_mounts
}

deb_mounts() {
	mount -t proc proc "$DEB_ROOT/proc" &&
		mount -t tmpfs -o mode=755 run "$DEB_ROOT/run" &&
		mount -t tmpfs -o mode=755 dev "$DEB_ROOT/dev" || return 1
	mkdir "$DEB_ROOT/dev/net" "$DEB_ROOT/dev/shm"
	for deb_i in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' \
		'urandom 1 9' 'net/tun 10 200'; do
		# shellcheck disable=SC2086 # three words
		set -- $deb_i
		mknod -m 666 "$DEB_ROOT/dev/$1" c "$2" "$3" || return 1
	done
}

deb_in() {
	$DEB_ENV chroot "$DEB_ROOT" "$@"
}

deb_bridge() {
	ip link set lo up
	ip link add br0 type bridge mcast_snooping 0
	ip link add p0 type veth peer name p1
	ip link set p0 master br0
	for deb_i in br0 p0 p1; do
		ip link set "$deb_i" up
	done
}

# A control group of its own, in each hierarchy that systemd uses
deb_groups() {
	for deb_i in /sys/fs/cgroup/unified: /sys/fs/cgroup/systemd:name=systemd \
		/sys/fs/cgroup:; do
		[ -e "${deb_i%%:*}/cgroup.procs" ] || continue
		deb_at=${deb_i%%:*}$(grep "^[0-9]*:${deb_i#*:}:" \
			/proc/self/cgroup | cut -d : -f 3)/tapfilter-$$
		mkdir "$deb_at" || return 1
		DEB_GROUPS="$DEB_GROUPS $deb_at"
	done
}

# nspawn keeps the network namespace that it is started in, but gives no right
# to it of its own accord.
deb_boot() {
	umount "$DEB_ROOT/dev" "$DEB_ROOT/run" "$DEB_ROOT/proc" || return 1
	mount -t tmpfs -o mode=755 run /run
	deb_groups || return 1
	(
		for deb_i in $DEB_GROUPS; do
			sh -c 'echo $PPID' >"$deb_i/cgroup.procs" || exit 1
		done
		exec systemd-nspawn -q --register=no --keep-unit --boot \
			--console=pipe -D "$DEB_ROOT" --bind=/dev/net/tun \
			--capability=CAP_NET_ADMIN,CAP_NET_RAW 9<&-
	) >"$DEB_WORK/boot.log" 2>&1 </dev/null &
	DEB_NSPAWN=$!
	deb_n=0
	until deb_is_up; do
		deb_n=$((deb_n + 1))
		[ "$deb_n" -lt 600 ] && kill -0 "$DEB_NSPAWN" || return 1
		sleep 0.1
	done
}

deb_is_up() {
	DEB_INIT=
	read -r DEB_INIT deb_i \
		<"/proc/$DEB_NSPAWN/task/$DEB_NSPAWN/children"
	[ -n "$DEB_INIT" ] || return 1
	case $(deb_booted systemctl is-system-running 2>/dev/null) in
	running | degraded) ;;
	*) return 1 ;;
	esac
}

deb_booted() {
	nsenter -t "$DEB_INIT" -n -m -p -u -i -r -w $DEB_ENV "$@"
}

deb_halt() {
	deb_booted systemctl poweroff
	wait "$DEB_NSPAWN"
	deb_shut
	deb_mounts
}

# deb_shut: what a boot leaves, however it ended
deb_shut() {
	[ -z "$DEB_NSPAWN" ] || kill -KILL "$DEB_NSPAWN" 2>/dev/null
	DEB_NSPAWN=
	for deb_i in $DEB_GROUPS; do
		deb_n=0
		until find "$deb_i" -depth -type d -exec rmdir {} + \
			2>/dev/null || [ "$deb_n" -ge 100 ]; do
			deb_n=$((deb_n + 1))
			sleep 0.05
		done
	done
	DEB_GROUPS=
}

deb_clear() {
	deb_shut
	umount -R -l "$DEB_ROOT" 2>/dev/null
	rm -rf "$DEB_ROOT" "$DEB_WORK/base" "$DEB_WORK/src"
}
