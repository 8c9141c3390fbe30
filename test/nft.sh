# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the nft backend: a bridge with two taps, and names of programs.

TEST_BIN=$TF_BUILD/test/netns

# Quiet: nothing but the frames of a test crosses the bridge.
nft_bridge() {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ip link add br0 type bridge mcast_snooping 0
	for nft_call in iptables ip6tables arptables; do
		nft_key=net.bridge.bridge-nf-call-$nft_call
		[ ! -e "/proc/sys/$(echo "$nft_key" | tr . /)" ] ||
			sysctl -qw "$nft_key=0"
	done
	for nft_tap in tap0 tap1; do
		ip tuntap add "$nft_tap" mode tap
		ip link set "$nft_tap" master br0 up
		bridge link set dev "$nft_tap" learning off
	done
	ip link set br0 address 02:00:00:00:00:99 up
}

# driver COMMAND...: the backend, with rules from standard input
driver() {
	"$TEST_BIN/nft_driver" "$@"
}

# Tables of ours that the kernel has.
our_tables() {
	nft list tables | grep -c 'netdev tapfilter-'
}

# gone: wait until the last table of ours is gone (a child deletes it)
gone() {
	nft_i=0
	while [ "$nft_i" -lt 200 ]; do
		[ "$(our_tables)" -ne 0 ] || return 0
		sleep 0.02
		nft_i=$((nft_i + 1))
	done
	nft list ruleset
	return 1
}
