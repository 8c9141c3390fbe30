# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests with a Linux guest, after lib.sh: a host of their own, in namespaces
# that take every process, mount, link and file with them.
#
#   host_enter ARG...     build the guest (once) and run the program again there
#   host_setup            an installation by "make install", and bridge br0 whose
#                         port p0 leads to p1; T_TMP, on a tmpfs
#   GUEST_KERNEL, GUEST_INITRD
#                         files of the guest, see e2e/guest/init.c
#   libvirt_setup [LINES] configuration of libvirtd, with more lines
#   libvirt_start [URI]   run it
#   libvirt_stop SIGNAL   end it, guests go on
#   sniff_start PORT [COMMAND...]
#                         begin to look at what comes out there; COMMAND runs
#                         the sniffer somewhere else
#   sniff COMMAND         ask, see e2e/sniff.c
#   poll COMMAND...       until it succeeds, for 60 s at most
#   ended PID             that process has ended
#   v COMMAND..., v_at URI COMMAND...
#                         virsh
#   chains TAP            number of kernel chains of TAP
#   records               names of all records, locks and groups

# Used by those that source this
# shellcheck disable=SC2034
GUEST_APPEND='console=ttyS0 quiet panic=-1 mitigations=off ipv6.disable=1'
VM=$TF_BUILD/guest
BB=busybox

# shellcheck source=test/kernel.sh
. "$TF_TOP/test/kernel.sh"

GUEST_KERNEL=$VM/kernel
GUEST_INITRD=$VM/initrd.cpio

guest_build() {
	mkdir -p "$VM" || return 1
	g_pkg=$(kernel_package linux-image-cloud-amd64)
	if [ -z "$g_pkg" ]; then
		apt-get -q update >"$VM/apt.log" 2>&1
		g_pkg=$(kernel_package linux-image-cloud-amd64)
	fi
	g_deb=$(fetch "${g_pkg:-none}") || return 1
	g_tables=$(fetch iptables) || return 1
	g_stamp="$g_deb $g_tables $(cat "$TF_TOP/test/host.sh" \
		"$TF_TOP/test/e2e/guest/init.c" | cksum)"
	[ "$(cat "$VM/stamp" 2>/dev/null)" != "$g_stamp" ] || return 0
	g_root=$VM/root g_init=$VM/initrd
	rm -rf "$VM/stamp" "$g_root" "$g_init"
	mkdir -p "$g_init/dev" || return 1
	dpkg-deb -x "$g_deb" "$g_root" || return 1
	dpkg-deb -x "$g_tables" "$VM/iptables" || return 1
	extract_kernel "$g_root"/boot/vmlinuz-* "$GUEST_KERNEL" || return 1
	g_ver=$(ls "$g_root/lib/modules")
	"$BB" depmod -b "$g_root" "$g_ver" || return 1
	for g_i in $(module_files "$g_root/lib/modules/$g_ver" \
		'virtio_pci virtio_net button evdev'); do
		cp "$g_root/lib/modules/$g_ver/$g_i" "$g_init/" || return 1
		echo "/${g_i##*/}" >>"$g_init/modules"
	done
	"${CC:-cc}" -O2 -static -o "$g_init/init" \
		"$TF_TOP/test/e2e/guest/init.c" || return 1
	(cd "$g_init" && find . | "$BB" cpio -o -H newc -R 0:0 2>/dev/null) \
		>"$GUEST_INITRD"
	rm -rf "$g_root" "$g_init"
	echo "$g_stamp" >"$VM/stamp"
}

# Process 1 of the namespace is a shell that waits for whoever lost its parent.
host_enter() {
	[ -z "${TF_NS:-}" ] || return 0
	t_need_root
	t_need qemu-system-x86_64 busybox ip nft bridge apt-get dpkg-deb make
	if ! guest_build >"$TF_BUILD/guest.log" 2>&1; then
		cat "$TF_BUILD/guest.log" >&2
		t_skip "$(basename "$0")" "the guest could not be built"
		t_done
	fi
	# shellcheck disable=SC2016
	TF_NS=1 exec unshare -n -m -p -u --fork --kill-child --mount-proc \
		bash -c '"$@" & wait $!' reaper "$0" "$@"
}

host_setup() {
	mount -t tmpfs -o mode=0755 run /run
	mount -t sysfs sys /sys
	T_TMP=/run/test
	mkdir $T_TMP $T_TMP/etc
	for h_i in lib log cache; do
		mount -t tmpfs -o mode=0755 $h_i /var/$h_i
	done
	cp -a /etc/. $T_TMP/etc/
	rm -rf $T_TMP/etc/libvirt $T_TMP/etc/tapfilter
	mount --bind $T_TMP/etc /etc
	# The package that makes these would also bring services.
	echo libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin \
		>>/etc/passwd
	echo libvirt-qemu:x:64055: >>/etc/group
	t_users
	# Not every kernel has what the other ebtables needs.
	mount -t overlay usr -o "lowerdir=$VM/iptables/usr:/usr" /usr
	ln -sf /usr/sbin/ebtables-nft /etc/alternatives/ebtables
	# All is built, and another host may be at the same.
	make -s -C "$TF_TOP" -o all BUILD="$TF_BUILD" DESTDIR=$T_TMP/root install \
		>$T_TMP/install.log 2>&1 || cat $T_TMP/install.log
	mount --bind $T_TMP/root/usr/libexec /usr/libexec
	cp -a $T_TMP/root/etc/. /etc/
	# as conf/tmpfiles.conf has it
	install -d -m 0770 -g tapfilter /run/tapfilter
	cat >/etc/tapfilter/tapfilter.conf <<-END
	[tapfilter]
	template-path = /etc/tapfilter/profiles:$T_TMP/root/usr/share/tapfilter/profiles
	END
	host_net
}

host_net() {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip link set lo up
	ip link add br0 type bridge mcast_snooping 0
	ip link set br0 up
	ip link add p0 type veth peer name p1
	ip link set p0 master br0 up
	ip link set p1 up
}

# Descriptor 8 is what the sniffer reads, 9 what it says.
sniff_start() {
	mkfifo $T_TMP/ask $T_TMP/answer
	s_port=$1
	shift
	"$@" "$TF_BUILD/test/e2e/sniff" "$s_port" <$T_TMP/ask \
		>$T_TMP/answer &
	exec 8>$T_TMP/ask 9<$T_TMP/answer
}

sniff() {
	echo "$*" >&8
	read -r s_answer <&9
	echo "$s_answer"
}

poll() {
	poll_n=0
	until "$@" >/dev/null 2>&1; do
		poll_n=$((poll_n + 1))
		[ "$poll_n" -lt 600 ] || return 1
		sleep 0.1
	done
}

chains() {
	nft list ruleset | grep -c "^	chain $1-\(in\|out\) "
}

# the same, with all rules
rules() {
	nft list ruleset | sed -n "/chain $1-/,/}/p" |
		sed 's/counter packets [0-9]* bytes [0-9]*/counter/'
}

records() {
	find /run/tapfilter/net-* -mindepth 1 ! -name .sweep ! -name .egress 2>/dev/null |
		sed 's,.*/net-[0-9]*/,,'
}

# ---- libvirt -------------------------------------------------------------

libvirt_setup() {
	mkdir -p /etc/libvirt
	cat >/etc/libvirt/libvirtd.conf <<-END
	auth_unix_rw = "none"
	unix_sock_group = "root"
	log_outputs = "3:file:$T_TMP/libvirtd.log"
	${1:-}
	END
	cat >/etc/libvirt/qemu.conf <<-END
	user = "root"
	group = "root"
	security_driver = "none"
	dynamic_ownership = 0
	remember_owner = 0
	namespaces = []
	cgroup_controllers = []
	stdio_handler = "file"
	END
}

libvirt_start() {
	libvirtd -f /etc/libvirt/libvirtd.conf >>$T_TMP/libvirtd.out 2>&1 \
		8>&- 9<&- &
	poll v_at "${1:-qemu:///system}" uri
}

libvirt_stop() {
	l_pid=$(cat /run/libvirtd.pid)
	kill "-$1" "$l_pid"
	poll ended "$l_pid"
}

ended() {
	! kill -0 "$1"
}

v_at() {
	v_uri=$1
	shift
	virsh -q -c "$v_uri" "$@" 8>&- 9<&-
}

v() {
	v_at qemu:///system "$@"
}

# ref SELECTOR REFERENCE: what a domain's metadata says of an interface
ref() {
	echo "<tf:interface $1><tf:reference $2/></tf:interface>"
}

# nic NUMBER [MORE]: an interface of type bridge
nic() {
	cat <<-END
	<interface type='bridge'>
	<mac address='52:54:00:00:00:0$1'/><source bridge='br0'/>
	<model type='virtio'/><rom enabled='no'/>${2:-}
	</interface>
	END
}

# domain NAME REFS NICS: XML for libvirt
domain() {
	d_refs=${2:+"<metadata><tf:firewall
	 xmlns:tf='urn:tapfilter:1'>$2</tf:firewall></metadata>"}
	cat <<-END
	<domain type='qemu'>
	<name>$1</name>
	<uuid>00000000-0000-4000-8000-000000000001</uuid>
	$d_refs
	<memory unit='MiB'>128</memory>
	<os><type arch='x86_64' machine='pc'>hvm</type>
	<kernel>$GUEST_KERNEL</kernel><initrd>$GUEST_INITRD</initrd>
	<cmdline>$GUEST_APPEND</cmdline></os>
	<features><acpi/></features>
	<devices>
	<emulator>/usr/bin/qemu-system-x86_64</emulator>
	<controller type='usb' model='none'/><memballoon model='none'/>
	<serial type='file'><source path='$T_TMP/$1.console' append='on'/></serial>
	$3
	</devices>
	</domain>
	END
}
