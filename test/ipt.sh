# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the iptables place, after lib.sh, in a namespace of their own:
#
#   ipt_bridge N           bridge br0 that hands packets to iptables, with the
#                          taps tap1 to tapN and nobody else on it
#   ipt ARG...             the backend, with rules from standard input
#   packets                send packets, see netns/conn_wire.c, and compare
#   tables                 both tables, without counters

TEST_BIN=$TF_BUILD/test/netns

ipt_bridge() {
	# the lock of all programs of iptables is in /run
	mount -t tmpfs -o mode=0755 run /run
	sysctl -qw net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.accept_ra=0 \
		net.ipv6.conf.default.router_solicitations=0
	if ! ip link add br0 type bridge mcast_snooping 0 nf_call_iptables 1 \
		nf_call_ip6tables 1 2>/dev/null ||
		! iptables-legacy -t mangle -S >/dev/null 2>&1; then
		t_skip "$(basename "$0")" \
			"the kernel has no br_netfilter, or no legacy x_tables"
		t_done
	fi
	for ipt_i in $(seq "$1"); do
		ip tuntap add "tap$ipt_i" mode tap
		sysctl -qw "net.ipv6.conf.tap$ipt_i.disable_ipv6=1"
		ip link set "tap$ipt_i" master br0 up
		bridge link set dev "tap$ipt_i" learning off
		bridge fdb add "52:54:00:00:00:0$ipt_i" dev "tap$ipt_i" \
			master static
	done
	ip link set br0 address 52:54:00:00:00:09 up
}

ipt() {
	"$TEST_BIN/ipt_driver" "$@"
}

packets() {
	while read -r ipt_want ipt_got ipt_name; do
		t_is "$ipt_name" "$ipt_want" "$ipt_got"
	done <<END
$("$TEST_BIN/conn_wire")
END
}

tables() {
	for ipt_i in iptables ip6tables; do
		"$ipt_i-legacy-save" -t mangle | sed '/^#/d;s/ \[.*//'
	done
}
