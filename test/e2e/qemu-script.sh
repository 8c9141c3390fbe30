#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The hooks for QEMU's -netdev tap,script=,downscript=, called by QEMU itself.
# There is no guest: a hub joins the tap to a socket, and a test program plays
# the network card.
set -u

[ -n "${TF_NS:-}" ] || TF_NS=1 exec unshare -n -m -p --fork --kill-child "$0" "$@"

# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/qemu.sh
. "$TF_TOP/test/qemu.sh"

t_need_root
t_need qemu-system-x86_64 ip nft
t_tmp
# QEMU and the mounts must be gone before the directory goes.
QEMU=
trap 'stop_qemu KILL; umount -R "$T_TMP" 2>/dev/null; rm -rf "$T_TMP"' EXIT

GUEST=525400000001
PEER=525400000099
FRAMES=$TF_BUILD/test/e2e/qemu-frames

# UDP from 10.0.0.1, from 10.0.0.9 (not the guest's), and to 10.0.0.1, with
# good checksums: a bridge that calls iptables drops bad ones
UDP=4500001c00010000401166ce0a0000010a0000020fa0138900080000
STOLEN=4500001c00010000401166c60a0000090a0000020fa0138900080000
REPLY=4500001c00010000401166ce0a0000020a0000010fa0138900080000
MARK=4500001c00010000401166ce0a0000020a0000010fa0138a00080000
ARP=08060001080006040001
ARP_WHO=0000000000000a000002

cases() {
	cat <<-END
	mark out $PEER${GUEST}0800$UDP the guest's own UDP
	mark in $GUEST${PEER}0800$MARK UDP to the guest
	pass out ffffffffffff${GUEST}$ARP${GUEST}0a000001$ARP_WHO ARP for the guest's own address
	pass in $GUEST${PEER}0800$REPLY another UDP to the guest
	drop out $PEER${PEER}0800$UDP another's MAC
	drop out $PEER${GUEST}0800$STOLEN another's IPv4 address
	drop out ffffffffffff${GUEST}$ARP${GUEST}0a000009$ARP_WHO ARP for another's address
	drop out ffffffffffff${GUEST}$ARP${PEER}0a000001$ARP_WHO ARP with another's MAC inside
	drop out $PEER${GUEST}810000050800$UDP a tagged frame
	drop out $PEER${GUEST}86dd6000000000003bfffe80000000000000000000000000000100000000000000000000000000000001 IPv6
	END
}

# write_domain PROFILE
write_domain() {
	cat >/etc/tapfilter/domains/tap0.xml <<-END
	<domain><name>one</name>
	<uuid>3e1f1c5a-6c0d-4b7e-9a55-0f2d6c6f7a01</uuid>
	<devices><interface type='bridge'>
	<mac address='52:54:00:00:00:01'/>
	<source bridge='br0'/><target dev='tap0'/>
	<firewall><reference profile='$1' ip_address='10.0.0.1'/></firewall>
	</interface></devices></domain>
	END
}

# An installation of our own: /etc and /run are copies that go with the
# namespace, the programs stay in a directory of their own.
install_private() {
	t_users
	mkdir "$T_TMP/etc" "$T_TMP/bin"
	cp -a /etc/. "$T_TMP/etc/"
	mount --bind "$T_TMP/etc" /etc
	mount -t tmpfs run /run
	mount -t sysfs sys /sys
	mkdir -p /etc/tapfilter/domains
	cat >/etc/tapfilter/tapfilter.conf <<-END
	[tapfilter]
	template-path = $TF_TOP/templates
	END
	chmod 0755 /etc/tapfilter/domains
	cp "$TF_BUILD/tapfilter-helper" "$TF_BUILD/tapfilter-resolve" \
		"$TF_TOP/hooks/qemu-ifup" "$TF_TOP/hooks/qemu-ifdown" \
		"$T_TMP/bin/"
	chmod 0755 "$T_TMP/bin/"*
}

make_net() {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip link add br0 type bridge mcast_snooping 0
	ip link set br0 up
	ip link add port0 type veth peer name port1
	ip link set port0 master br0 up
	ip link set port1 up
}

# poll COMMAND...: until it succeeds, for 10 s at most
poll() {
	poll_n=0
	until "$@" 2>/dev/null; do
		poll_n=$((poll_n + 1))
		[ "$poll_n" -lt 200 ] || return 1
		sleep 0.05
	done
}

# The monitor is QEMU's standard input, and so that of the hooks: descriptor 9
# is the other end of it.
start_qemu() {
	# What an earlier one has said must not be taken for this one's
	rm -f "$T_TMP/qemu.sock" "$T_TMP/qemu.log"
	qemu-system-x86_64 -accel tcg -machine none -nodefaults \
		-no-user-config -display none -monitor stdio \
		-netdev "tap,id=t,ifname=tap0,script=$T_TMP/bin/qemu-ifup,downscript=$T_TMP/bin/qemu-ifdown" \
		-netdev hubport,id=h,hubid=0,netdev=t \
		-netdev "dgram,id=s,local.type=unix,local.path=$T_TMP/qemu.sock,remote.type=unix,remote.path=$T_TMP/test.sock" \
		-netdev hubport,id=g,hubid=0,netdev=s \
		<"$T_TMP/monitor" >"$T_TMP/qemu.log" 2>&1 9>&- &
	QEMU=$!
	qemu_ready 200
}

no_tap() {
	[ ! -e /sys/class/net/tap0 ]
}

bridge_mac() {
	cat /sys/class/net/br0/address
}

# Our chains for tap0, whatever table they are in
chains() {
	nft list chains netdev | grep -c 'chain tap0-'
}

no_chains() {
	[ "$(chains)" = 0 ]
}

record() {
	find /run/tapfilter -type f -name '*tap0*' ! -name '*lock*' 2>/dev/null
}

# Each line of the frame program becomes a result.
run_cases() {
	rm -f "$T_TMP/test.sock"
	cases | timeout 30 "$FRAMES" "$T_TMP/qemu.sock" "$T_TMP/test.sock" \
		port1 >"$T_TMP/cases" 2>&1
	while read -r result name; do
		case $result in
		pass) t_ok "$1: $name" ;;
		*) t_fail "$1: $name" "$result" ;;
		esac
	done <"$T_TMP/cases"
	t_is "$1: every case was tried" "$(cases | grep -vc ^mark)" \
		"$(grep -c . "$T_TMP/cases")"
}

test_filtered() {
	if ! start_qemu; then
		t_fail "$1: QEMU starts" "$(cat "$T_TMP/qemu.log")"
		return
	fi
	t_ok "$1: QEMU starts"
	t_is "$1: the tap is in the bridge" br0 \
		"$(basename "$(readlink /sys/class/net/tap0/master)")"
	t_false "$1: the tap has rules" no_chains
	run_cases "$1"
}

test_gone() {
	t_true "$1: the tap goes" poll no_tap
	t_is "$1: no rules are left" 0 "$(chains)"
	t_is "$1: no record is left" "" "$(record)"
	t_is "$1: the bridge keeps its MAC" "$MAC" "$(bridge_mac)"
}

test_failing() {
	write_domain no-such-profile
	if start_qemu; then
		t_fail "a failing profile keeps QEMU from starting" "it runs"
	else
		t_ok "a failing profile keeps QEMU from starting"
	fi
	wait "$QEMU"
	t_is "QEMU's exit status" 1 $?
	QEMU=
	t_true "QEMU's output names the profile" \
		grep -q 'no-such-profile' "$T_TMP/qemu.log"
	test_gone "failing profile"
	write_domain clean-traffic
}

install_private
make_net
mkfifo "$T_TMP/monitor"
exec 9<>"$T_TMP/monitor"
MAC=$(bridge_mac)
write_domain clean-traffic
test_failing

test_filtered "first start"
stop_qemu TERM
t_is "SIGTERM: QEMU ends well" 0 $?
test_gone SIGTERM

test_filtered "second start"
stop_qemu KILL
t_true "SIGKILL: the tap goes" poll no_tap

# What a killed QEMU left behind belongs to a device that has gone.
test_filtered "start after SIGKILL"
stop_qemu quit
t_is "quit: QEMU ends well" 0 $?
test_gone quit

t_done
