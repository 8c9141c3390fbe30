#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The address of a bridge never changes when taps come and go, not even for a
# moment: every message of the kernel about the bridge is looked at.
#
# Runs also with: xtables state
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
ip link del br0
ip tuntap add tap1 mode tap
up_domain tap1 br0 own-mac

# make_br0 [OPTION...]: a fresh one, down
make_br0() {
	ip link add br0 "$@" type bridge
	! with state || place_shows br0
}

# await NAME: until the monitor has shown a device of that name
await() {
	a_n=0
	until grep -q ": $1:" "$T_TMP/monitor" || [ $a_n -gt 1000 ]; do
		a_n=$((a_n + 1))
		ip link add "$1" type bridge
		ip link del "$1"
	done
}

# watch COMMAND...: run it; every other address of br0 meanwhile is w_other
watch() {
	w_mac=$(mac_of br0)
	: >"$T_TMP/monitor"
	ip -o monitor link >"$T_TMP/monitor" &
	w_pid=$!
	await begin
	"$@"
	w_rc=$?
	await end
	kill "$w_pid"
	wait "$w_pid" 2>/dev/null
	w_other=$(grep ': br0: ' "$T_TMP/monitor" |
		grep -o 'link/ether [^ ]*' | grep -v "$w_mac" | sort -u | xargs)
}

watched() {
	w_name=$1
	shift
	watch "$@"
	t_is "$w_name: status" 0 "$w_rc"
	t_is "$w_name: other addresses of the bridge" "" "$w_other"
	t_is "$w_name: address at the end" "$w_mac" "$(mac_of br0)"
}

both() {
	watched "$1: up" helper up tap0
	watched "$1: second up" helper up tap1
	watched "$1: up again" helper up tap0
	watched "$1: down" helper down tap0
	watched "$1: last down" helper down tap1
	watched "$1: up once more" helper up tap1
	watched "$1: the tap goes without a down" ip link del tap1
	ip tuntap add tap1 mode tap
	helper down tap1
	ip link del br0
}

bridge_id() {
	ip -d link show br0 | sed -n 's/.* bridge_id [0-9a-f]*\.\([^ ]*\).*/\1/p'
}

make_br0
ip link set br0 up
helper up tap0
t_true "a fresh bridge: its ID is not zero" test "$(bridge_id)" != 0:0:0:0:0:0
helper down tap0
ip link del br0

# What happens without our care, so that we know that we would see it
make_br0
watch ip link set tap0 master br0
t_is "the plain way changes the address" "link/ether $(mac_of tap0)" "$w_other"
ip link del br0

make_br0
both "a fresh bridge that is down"
make_br0
ip link set br0 up
both "a fresh bridge that is up"
make_br0 address 02:00:00:00:00:77
both "a bridge with an address of its own"
make_br0
ip link set p0 master br0
both "a bridge with a port"
make_br0
ip link set p0 address fe:ff:ff:ff:ff:fe
ip link set p0 master br0
t_is "the bridge has the address of its port" fe:ff:ff:ff:ff:fe "$(mac_of br0)"
both "a bridge with a port whose address is higher than any"

# Taps that others put there, so that the bridge has the address of one
make_br0
ip link set p0 nomaster
ip link set tap0 address fe:00:00:00:00:01 master br0
t_is "the bridge has the address of the tap" fe:00:00:00:00:01 "$(mac_of br0)"
watched "up of a port that gave its address" helper up tap0
watched "down of a port that gave its address" helper down tap0
ip link del br0
make_br0
ip link set tap0 address 02:00:00:00:00:01 master br0
t_is "the bridge has the address of the tap" 02:00:00:00:00:01 "$(mac_of br0)"
watched "up of a port whose own address changes" helper up tap0
t_is "it has changed" fe:00:00:00:00:01 "$(mac_of tap0)"
watched "down of that port" helper down tap0
ip link del br0
make_br0
ip link set tap0 master br0
ip link set tap0 nomaster
t_is "a bridge that lost its only port" 00:00:00:00:00:00 "$(mac_of br0)"
helper up tap0
watched "from then on: down" helper down tap0
watched "from then on: up" helper up tap1
watched "from then on: down again" helper down tap1
t_done
