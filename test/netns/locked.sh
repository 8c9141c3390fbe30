#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A port whose guest has one address is locked to it: without any rule, frames
# from another address stay out, and the guest's own pass as ever.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
t_need strace
up_setup
for i in iptables ip6tables arptables; do
	key=net.bridge.bridge-nf-call-$i
	[ ! -e "/proc/sys/$(echo $key | tr . /)" ] || sysctl -qw $key=0
done
# All but one address
sed "s/own-mac/not-third/; s/THIS_MAC/52:54:00:00:00:03/; s/ACCEPT/DROP/" \
	"$T_TMP/profiles/own-mac.xml" |
	sed '/<FilterEntry>/,$ { /<\/FilterEntry>/ q; }' \
		>"$T_TMP/profiles/not-third.xml"
echo '</FilterPool>' >>"$T_TMP/profiles/not-third.xml"

locked() {
	bridge -d link show dev "$1" | grep -o ' locked [^ ]*' | xargs
}

# A kernel whose bridges know VLANs has each entry once more for VLAN 1.
entries() {
	bridge fdb show dev "$1" | sed -n 's/^\(52[^ ]*\) .*static.*/\1/p' |
		sort -u | xargs
}

if [ -z "$(locked p0)" ]; then
	t_skip "locked ports" "bridge(8) does not show them"
	t_done
fi

# fates: of frames from the guest, and from another address
fates() {
	echo "$(probe tap0 "$GUEST") $(probe tap0 "$OTHER")"
}

t_true "up" helper up tap0
t_is "the port is locked" "locked on" "$(locked tap0)"
t_is "to the guest's address" "$GUEST" "$(entries tap0)"
t_is "which is not to be taken away" "" \
	"$(bridge fdb show dev tap0 | grep "^$GUEST" | grep -v sticky)"
t_is "with rules" "pass drop" "$(fates)"
wipe
t_is "without rules" "pass drop" "$(fates)"
bridge link set dev tap0 locked off
t_is "without rules and lock" "pass pass" "$(fates)"

# ---- the guest's own frames --------------------------------------------------
kinds() {
	"$TF_BUILD/test/netns/tap_kinds" tap0 p1 "$GUEST"
}
kinds >"$T_TMP/unlocked"
bridge link set dev tap0 locked on
kinds >"$T_TMP/locked"
# There is a profile that lets no IPv4 pass.
with state && dhcp= || dhcp="dhcp port
"
t_is "kinds of frames without a lock" "${dhcp}arp port
rarp port
ipv6 port
tagged port
llc port
stp port
lldp host
end port" "$(cat "$T_TMP/unlocked")"
t_true "the same with it" cmp "$T_TMP/unlocked" "$T_TMP/locked"

# ---- somebody outside takes the address --------------------------------------
ip tuntap add thief mode tap
ip link set thief master br0 up
t_is "frames from its address elsewhere" pass \
	"$("$TF_BUILD/test/netns/tap_probe" thief p1 "$GUEST" "$GUEST")"
t_is "the guest's pass all the same" "pass drop" "$(fates)"
t_is "and it keeps its entry" "$GUEST" "$(entries tap0)"
ip link del thief

# ---- a replacement -------------------------------------------------------
t_true "up again" helper up tap0
if place_can unpinned; then
	up_domain tap0 br0 not-third
	t_true "replaced by what allows many addresses" helper up tap0
	place_can learning && want= || want=$GUEST
	t_is "no lock any more" "locked off $want" "$(locked tap0) $(entries tap0)"
	t_is "all but one pass" "pass pass drop" \
		"$(fates) $(probe tap0 52:54:00:00:00:03)"
	up_domain tap0 br0 own-mac
	t_true "and back" helper up tap0
	t_is "locked again" "locked on $GUEST" "$(locked tap0) $(entries tap0)"
fi
sed -i "s/$GUEST/52:54:00:00:00:09/" "$T_TMP/domains/of-tap0.xml"
t_true "replaced by another address" helper up tap0
t_is "locked to that" "locked on 52:54:00:00:00:09" \
	"$(locked tap0) $(entries tap0)"
wipe
t_is "without rules: the new one passes, the old one does not" drop \
	"$("$TF_BUILD/test/netns/tap_probe" tap0 p1 52:54:00:00:00:09 "$GUEST")"
up_domain tap0 br0 own-mac
t_true "and back" helper up tap0

# another: what allows many addresses or, where no profile may, another one
another() {
	if place_can unpinned; then
		up_domain tap0 br0 not-third
	else
		up_domain tap0 br0 own-mac
		sed -i "s/$GUEST/52:54:00:00:00:09/" "$T_TMP/domains/of-tap0.xml"
	fi
}

# The last rename is that of the record: all else is done by then.
another
"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" reload >/dev/null 2>&1
up_domain tap0 br0 own-mac
helper up tap0
another
rc=0
strace -o /dev/null -e trace=renameat \
	-e inject=renameat:error=ENOSPC "$TF_BUILD/tapfilter-helper" \
	--config "$T_TMP/conf" up --domain "$T_TMP/domains/of-tap0.xml" \
	tap0 2>/dev/null || rc=$?
if [ $rc != 0 ]; then
	t_is "a replacement that fails: as before" \
		"locked on $GUEST pass drop" \
		"$(locked tap0) $(entries tap0) $(fates)"
else
	t_skip "a replacement that fails" "strace cannot inject here"
fi

# ---- two taps of one address -------------------------------------------------
up_domain tap0 br0 own-mac
helper up tap0
ip tuntap add tap1 mode tap
up_domain tap1 br0 own-mac
t_true "up of another tap with the same address" helper up tap1
t_is "that is the locked one" "locked off , locked on $GUEST" \
	"$(locked tap0) $(entries tap0), $(locked tap1) $(entries tap1)"
t_is "frames of the first pass" "pass drop" "$(fates)"
ip link del tap1
t_is "also when the other has gone" "pass drop" "$(fates)"
helper up tap0
t_is "locked again" "locked on $GUEST" "$(locked tap0) $(entries tap0)"

# ---- where the link is left alone --------------------------------------------
if place_can unpinned; then
	up_domain tap0 br0 not-third
	t_true "reload with what allows many addresses" helper reload tap0
	t_is "no lock any more" "locked off" "$(locked tap0)"
	t_is "all but one pass" "pass pass drop" \
		"$(fates) $(probe tap0 52:54:00:00:00:03)"
	up_domain tap0 br0 own-mac
	helper up tap0
	t_is "locked again" "locked on" "$(locked tap0)"
	cat >"$T_TMP/rules" <<END
not:1 out drop eth.src=52:54:00:00:00:03
END
	"$TF_BUILD/test/netns/replace_input" "$T_STATE/tap0" <"$T_TMP/rules" \
		>"$T_TMP/input"
	helper replace <"$T_TMP/input"
	t_is "replace with what allows many: no lock" "locked off pass pass" \
		"$(locked tap0) $(fates)"
	helper up tap0
	up_domain tap0 br0 not-third
	t_true "up --no-link with what allows many addresses" helper up --no-link tap0
	t_is "no lock any more" "locked off pass pass" "$(locked tap0) $(fates)"
fi
helper down tap0
up_domain tap0 br0 own-mac
bring tap0
t_is "a link that is not ours is not locked" "locked off" "$(locked tap0)"
helper down tap0

# ---- the bridge's own address ------------------------------------------------
host_mac=$(mac_of br0)
sed -i "s/$GUEST/$host_mac/" "$T_TMP/domains/of-tap0.xml"
t_is "the bridge's own address: refused" 1 "$(
	helper up tap0 2>"$T_TMP/err"; echo $?)"
t_true "it says so" grep -q "that of the bridge br0 itself" "$T_TMP/err"
t_is "the tap is closed" "down " "$(flags tap0) $(port_of tap0)"
t_true "and the bridge still has its address" sh -c \
	"bridge fdb show br br0 | grep -q '^$host_mac .*permanent'"
up_domain tap0 br0 own-mac

# ---- the end -----------------------------------------------------------------
helper up tap0
t_is "locked" "locked on" "$(locked tap0)"
t_true "down" helper down tap0
ip link set tap0 master br0 up
t_is "a port like any other" "locked off  pass pass" \
	"$(locked tap0) $(entries tap0) $(fates)"
helper down tap0

# ---- VLANs -------------------------------------------------------------------
if ! ip link set br0 type bridge vlan_filtering 1 2>/dev/null; then
	echo "# this kernel's bridges filter no VLANs; make check-vm looks there"
	t_done
fi
ip link set br0 type bridge vlan_filtering 0
t_true "up before the bridge filters VLANs" helper up tap0
t_is "the port is locked" "locked on" "$(locked tap0)"
ip link set br0 type bridge vlan_filtering 1
t_is "verify once it does" 4 "$("$TF_BUILD/tapfilter" \
	--config "$T_TMP/conf" verify tap0 >"$T_TMP/out"; echo $?)"
t_true "it says why" grep -q "locked, and its bridge filters VLANs" "$T_TMP/out"
t_true "up in a bridge that filters VLANs" helper up tap0
t_is "no lock there" "locked off" "$(locked tap0)"
bridge vlan add dev tap0 vid 10 pvid untagged
bridge vlan add dev p0 vid 10 pvid untagged
t_is "frames pass whatever the VLAN" "pass drop" "$(fates)"
t_done
