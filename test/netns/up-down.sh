#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A tap comes up filtered, is replaced, and goes down.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup

# ---- first up ------------------------------------------------------------
t_true "up" helper up tap0
t_is "up: chains" 2 "$(chains tap0)"
t_is "up: bridge" br0 "$(port_of tap0)"
t_is "up: link" up "$(flags tap0)"
t_is "up: first byte of the address" fe "$(mac_of tap0 | cut -c1-2)"
t_true "up: no IPv6 address will be generated" sh -c \
	'ip -d link show tap0 | grep -q "addrgenmode none"'
t_true "up: learning is off" sh -c \
	'bridge -d link show dev tap0 | grep -q "learning off"'
t_true "up: static forwarding entry" sh -c \
	"bridge fdb show dev tap0 | grep -q '^$GUEST .*static'"
t_true "up: record" test -f "$T_STATE/tap0"
t_is "up: the state directory is closed" 2770 \
	"$(stat -c %a "$T_TMP/state")"
t_is "up: a frame of the guest" pass "$(probe tap0 "$GUEST")"
t_is "up: a frame with another address" drop "$(probe tap0 "$OTHER")"

# ---- replace -------------------------------------------------------------
t_true "up again" helper up tap0
t_is "up again: chains" 2 "$(chains tap0)"
t_is "up again: a frame with another address" drop "$(probe tap0 "$OTHER")"
up_profile own-mac "$OTHER"
if place_can unpinned; then
	t_true "up with a changed profile" helper up tap0
else
	t_false "up with a profile that does not pin the address" helper up tap0
	t_is "as before: a frame of the guest" pass "$(probe tap0 "$GUEST")"
fi
want="learning off, 1"
! place_can learning || want="learning on, 0"
t_is "a profile that pins nothing: learning, and static entries" "$want" \
	"$(bridge -d link show dev tap0 | grep -o 'learning [onf]*'), $(
		bridge fdb show dev tap0 | grep -c "^$GUEST .*static")"
up_profile own-mac THIS_MAC
t_true "up with the old profile" helper up tap0
t_is "a frame with another address" drop "$(probe tap0 "$OTHER")"

# ---- nothing referenced any more, and back -------------------------------
up_domain tap0 br0
t_true "up without a reference" helper up tap0
t_is "without a reference: chains" 0 "$(chains tap0)"
t_is "without a reference: bridge" br0 "$(port_of tap0)"
t_is "without a reference: any frame" pass "$(probe tap0 "$OTHER")"
t_false "without a reference: no record" test -e "$T_STATE/tap0"
t_true "down without a reference" helper down tap0
t_is "down without a reference: link" down "$(flags tap0)"
t_true "first up without a reference" helper up tap0
t_is "first up without a reference: link" up "$(flags tap0)"
up_domain tap0 br0 own-mac
t_true "up with a reference again" helper up tap0
t_is "a frame with another address" drop "$(probe tap0 "$OTHER")"

# ---- down ----------------------------------------------------------------
t_true "down" helper down tap0
t_is "down: chains" 0 "$(chains tap0)"
t_is "down: bridge" "" "$(port_of tap0)"
t_is "down: link" down "$(flags tap0)"
t_is "down: only the index stays" ".egress .index .index-lock .sweep" \
	"$(find "$T_TMP/state" -type f -printf '%f\n' | sort | xargs)"
t_true "down again" helper down tap0
ip link del tap0
t_true "down without a tap" helper down tap0

# ---- other bridges -------------------------------------------------------
ip tuntap add tap0 mode tap
up_bridge br1
ip link set tap0 master br1 up
t_true "up of a tap in another bridge" helper up tap0
t_is "it is moved" br0 "$(port_of tap0)"
up_domain tap0 br1 own-mac
t_true "up with another bridge in the domain" helper up tap0
t_is "it is moved again" br1 "$(port_of tap0)"
t_true "and filtered" test "$(chains tap0)" = 2
helper down tap0
ip link set br1 mtu 1400
helper up tap0
t_is "the bridge's MTU" 1400 "$(ip -o link show tap0 |
	sed 's/.* mtu \([0-9]*\) .*/\1/')"
helper down tap0
up_domain tap0 "" own-mac
if place_can bridgeless; then
	t_true "up without a bridge" helper up tap0
	t_is "without a bridge: link" up "$(flags tap0)"
	t_is "without a bridge: chains" 2 "$(chains tap0)"
else
	t_false "up without a bridge" helper up tap0
	t_is "without a bridge: link" down "$(flags tap0)"
	t_is "without a bridge: chains" 0 "$(chains tap0)"
fi
t_is "without a bridge: master" "" "$(port_of tap0)"
helper down tap0

# ---- --no-link -----------------------------------------------------------
up_domain tap0 br0 own-mac
mac=$(mac_of tap0)
place_can bridgeless || ip link set tap0 master br0
port=$(port_of tap0)
t_true "up --no-link" helper up --no-link tap0
t_is "up --no-link: chains" 2 "$(chains tap0)"
t_is "up --no-link: link, bridge, address" "down$port $mac" \
	"$(flags tap0)$(port_of tap0) $(mac_of tap0)"
ip link set tap0 master br0 up
t_is "up --no-link: filtered" drop "$(probe tap0 "$OTHER")"
t_true "down --no-link" helper down --no-link tap0
t_is "down --no-link: chains" 0 "$(chains tap0)"
t_is "down --no-link: link and bridge" "up br0" \
	"$(flags tap0) $(port_of tap0)"

# ---- the domain from elsewhere -------------------------------------------
mv "$T_TMP/domains/of-tap0.xml" "$T_TMP/elsewhere.xml"
t_true "up --domain FILE" helper up --domain "$T_TMP/elsewhere.xml" tap0
helper down tap0
cd "$T_TMP" || exit 1
t_true "up --domain with a relative FILE" \
	helper up --domain elsewhere.xml tap0
helper down tap0
t_true "up --domain -" sh -c '
	"$0" --config "$1" up --domain - tap0 <elsewhere.xml' \
	"$TF_BUILD/tapfilter-helper" "$T_TMP/conf"
t_is "up --domain -: chains" 2 "$(chains tap0)"
cp elsewhere.xml domains/tap0.xml
up_domain tap0 br1 own-mac
t_true "TAP.xml goes before a file of another name" helper up tap0
t_is "TAP.xml goes before: bridge" br0 "$(port_of tap0)"
helper down tap0

# ---- a clean start -------------------------------------------------------
t_true "with closed standard streams" sh -c '
	"$0" --config "$1" up tap0 <&- >&- 2>&-' \
	"$TF_BUILD/tapfilter-helper" "$T_TMP/conf"
t_true "with ignored and blocked signals" sh -c '
	trap "" PIPE CHLD TERM INT
	"$0" --config "$1" down tap0' \
	"$TF_BUILD/tapfilter-helper" "$T_TMP/conf"
with xtables ||
	t_is "no foreign table appeared" "" "$(nft list tables |
		grep -v '^table [a-z0-9]* tapfilter-')"
t_done
