#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The filter stays with the tap while others do things to it.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
ip link add br1 type bridge mcast_snooping 0
ip link set br1 up
t_true "up" helper up tap0

# ---- another bridge, no hook is called -----------------------------------
for port in tap0 p0; do
	ip link set "$port" master br1
done
t_is "moved by hand: bridge" br1 "$(port_of tap0)"
t_is "moved by hand: a frame of the guest" pass "$(probe tap0 "$GUEST")"
t_is "moved by hand: another address" drop "$(probe tap0 "$OTHER")"
for port in tap0 p0; do
	ip link set "$port" master br0
done
t_is "moved back: another address" drop "$(probe tap0 "$OTHER")"

# ---- down and up again by hand -------------------------------------------
ip link set tap0 down
ip link set tap0 up
t_is "up by hand: a frame of the guest" pass "$(probe tap0 "$GUEST")"
t_is "up by hand: another address" drop "$(probe tap0 "$OTHER")"

# ---- a tap that takes over the name --------------------------------------
ip link del tap0
ip tuntap add tap0 mode tap
ip link set tap0 master br0 up
place_can device && want=pass || want=drop
t_is "a later tap of that name: any address" $want "$(probe tap0 "$OTHER")"
t_true "up of the later tap" helper up tap0
t_is "the later tap: another address" drop "$(probe tap0 "$OTHER")"
t_is "the later tap: a frame of the guest" pass "$(probe tap0 "$GUEST")"

# ---- what only root can do, and the manual warns of ----------------------
ip link set tap0 down
ip link set tap0 name tap9
ip tuntap add tap0 mode tap
t_true "up of a tap with the old name" helper up tap0
t_is "the old name: another address" drop "$(probe tap0 "$OTHER")"
t_true "down of the new tap" helper down tap0
t_is "nothing is left of the new tap" 0 "$(chains tap0)"
t_done
