#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A bridge that filters VLANs, in the guest of run.sh, whose kernel has them: by
# each place, what passes between a port without tags, another one, and one with
# tags, or that up refuses it; and that nothing passes unseen when that setting,
# and the one that hands packets to iptables, is changed beneath a tap.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
. "$TF_TOP/test/ebt.sh"
t_ns "$@"
ebt_use nft
modprobe -a br_netfilter iptable_mangle ip6table_mangle 8021q
t_tmp
ipt_bridge 4
ipt_conf nft
sysctl -qw net.bridge.bridge-nf-call-iptables=0 \
	net.bridge.bridge-nf-call-ip6tables=0
calls() {
	ip link set br0 type bridge nf_call_iptables "$1" nf_call_ip6tables "$1"
}
filters() {
	ip link set br0 type bridge vlan_filtering "$1"
}
calls 0
# Guests at tap1 and tap3, stations at tap2 and behind the tags of tap4
filters 1
for i in 1 2 3; do
	bridge vlan add dev tap$i vid 10 pvid untagged
	bridge vlan del dev tap$i vid 1
done
bridge vlan add dev tap4 vid 10
bridge vlan del dev tap4 vid 1
bridge vlan add dev br0 vid 10 self
ip link add link br0 name vlan10 type vlan id 10
ip link set vlan10 up
ip addr add 10.0.0.9/24 dev vlan10

ipt_entries | ipt_profile state
{
	ipt_entry DROP outgoing '' udp 53
	ipt_entry DROP incoming '' udp 53
} | ipt_profile no-dns
# ebtables knows no hop limit
ipt_entry DROP outgoing '' udp 53 |
	sed 's,</IPH,<tf:HopLimit>64</tf:HopLimit>&,' | ipt_profile hops

# A port keeps its VLANs: the link is not ours.
up() {
	helper up --no-link "$1"
}
down() {
	helper down --no-link "$1"
}
# place: of the profile "state" of tap1
place() {
	tf compile tap1 2>/dev/null | sed -n 's/^# profile state (\(.*\))$/\1/p'
}

FILTERS='the bridge br0 filters VLANs, and what it has in a tag never comes to the hooks of IP, which a profile needs: ip link set br0 type bridge vlan_filtering 0'
MARKS='nft bridge with marks needs a bridge that does not filter VLANs (ip link set br0 type bridge vlan_filtering 0)'
# refused NAME PATTERN COMMAND...: and nothing is changed
refused() {
	r_name=$1 r_what=$2
	shift 2
	rules >"$T_TMP/before"
	"$@" >"$T_TMP/err" 2>&1
	r_rc=$?
	rules >"$T_TMP/after"
	t_is "$r_name" "1, $r_what, unchanged" "$r_rc, $(
		grep -oF "$r_what" "$T_TMP/err" | sort -u), $(
		cmp "$T_TMP/before" "$T_TMP/after" && echo unchanged)"
}
rules() {
	tables
	ebt_save | sed '/^#/d'
	nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'
}
finds() {
	t_is "$1: verify finds it" "4 vlan_filtering 0" "$(
		tf verify "$2" >"$T_TMP/out" 2>&1; echo $?) $(
		grep -o 'vlan_filtering 0' "$T_TMP/out" | head -n 1)"
}

# What "no-dns" is about
ports() {
	packets <<END
1>2 udp 1.1000 2.80 pass $1: no tag, from the guest
1>2 udp 1.1000 2.53 drop $1: no tag, from the guest, what may not
1>2 udp 3.1000 2.80 drop $1: no tag, from the guest, with a false address
2>1 udp 2.1000 1.80 pass $1: no tag, to the guest
2>1 udp 2.1000 1.53 drop $1: no tag, to the guest, what may not
1>4 gains 10 udp 1.1000 4.80 pass $1: into a tag
1>4 gains 10 udp 1.1000 4.53 drop $1: into a tag, what may not
1>4 gains 10 udp 3.1000 4.80 drop $1: into a tag, with a false address
4>1 loses 10 udp 4.1000 1.80 pass $1: out of a tag
4>1 loses 10 udp 4.1000 1.53 drop $1: out of a tag, what may not
1>0 udp 1.1000 9.80 pass $1: into a tag of the host
1>0 udp 1.1000 9.53 drop $1: into a tag of the host, what may not
END
}

# ---- places that see all of it -------------------------------------------------
ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing no-dns
t_true "nft netdev: up" up tap1
ports "nft netdev"
down tap1

# What was found out of this kernel is remembered where records are.
sed 's,^state-dir.*,&-old,' "$T_TMP/conf" >"$T_TMP/old"
no_egress() {
	"$TF_BUILD/test/netns/no_egress" "$TF_BUILD/tapfilter-helper" \
		--config "$T_TMP/old" "$@"
}
t_true "nft bridge and ingress: up" no_egress up --no-link tap1
t_is "nft bridge and ingress: it is" "hook forward hook ingress" "$(
	nft list ruleset | grep -o 'hook forward\|hook ingress\|hook egress' |
		sort -u | xargs)"
ports "nft bridge and ingress"
no_egress down --no-link tap1

ipt_conf xtables
t_true "ebtables: up" up tap1
ports ebtables
down tap1

ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state
ipt_conf nft
t_true "tracking: up" up tap1
t_is "tracking: it is" "nft bridge with connection tracking" "$(place)"
packets <<'END'
1>2 udp 1.1000 2.80 pass tracking: no tag, the guest begins
2>1 udp 2.80 1.1000 pass tracking: no tag, it is answered
2>1 udp 2.1001 1.80 drop tracking: no tag, another begins what it may not
1>4 gains 10 udp 1.1000 4.80 pass tracking: into a tag, the guest begins
4>1 loses 10 udp 4.80 1.1000 pass tracking: out of a tag, it is answered
4>1 loses 10 udp 4.1001 1.80 drop tracking: out of a tag, another begins what it may not
4>1 loses 10 tcp 4.1002 1.22 S pass tracking: out of a tag, another begins what it may
1>4 gains 10 tcp 1.22 4.1002 SA pass tracking: into a tag, the guest answers
1>4 gains 10 tcp 1.80 4.1003 A drop tracking: into a tag, an answer to nothing
1>4 gains 10 udp 3.1000 4.80 drop tracking: into a tag, with a false address
END
down tap1

# ---- iptables: tags come past it -----------------------------------------------
guests() {
	ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state
	ipt_domain 3 br0 hops
}

# unseen PLACE: with the setting on beneath taps, what leans on packets that are
# handed over is judged or closed
unseen() {
	packets <<END
1>2 udp 1.$2 2.80 pass $1: no tag, the guest begins
2>1 udp 2.80 1.$2 pass $1: no tag, it is answered
2>1 udp 2.$2 1.80 drop $1: no tag, another begins what it may not
1>4 gains 10 udp 1.$2 4.80 pass $1: into a tag, the guest begins
1>4 gains 10 udp 3.$2 4.80 drop $1: into a tag, with a false address
4>1 loses 10 udp 4.$2 1.80 drop $1: out of a tag: closed
END
	calls 0
	packets <<END
1>2 udp 1.$2 2.80 drop $1, not handed over: no tag
2>1 tcp 2.$2 1.22 S drop $1, not handed over: no tag, to the guest
1>4 gains 10 udp 1.$2 4.80 drop $1, not handed over: into a tag
4>1 loses 10 tcp 4.$2 1.22 S drop $1, not handed over: out of a tag
1>0 udp 1.$2 9.80 drop $1, not handed over: into a tag of the host
END
	calls 1
}
hops() {
	packets <<END
3>4 gains 10 udp 3.1000 4.80 $2 $1: into a tag
3>4 gains 10 udp 3.1000 4.53 drop $1: into a tag, what may not
3>0 udp 3.1000 9.80 $2 $1: into a tag of the host
3>0 udp 3.1000 9.53 drop $1: into a tag of the host, what may not
3>4 gains 10 udp6 3.1000 4.53 pass $1: nothing is said of IPv6
3>4 vlan 10 udp 3.1000 4.53 pass $1: nor of the guest's own tags
END
}

guests
ipt_conf xtables
calls 1
refused "iptables: up" "tap1: $FILTERS; backend = nft can carry it" up tap1
ip link add br1 type bridge nf_call_iptables 1
ipt_domain 1 br1 no-mac-spoofing no-ip-spoofing state
refused "iptables: up of what is to be elsewhere" "tap1: $FILTERS" up tap1
ip link del br1
guests
filters 0
t_true "iptables: up" up tap1
t_true "iptables: up of another" up tap3
filters 1
finds iptables tap1
refused "iptables: reload" "tap1: $FILTERS" helper reload tap1
unseen iptables 2000
hops iptables pass
calls 0
hops "iptables, not handed over" drop
calls 1
filters 0
t_true "iptables: switched back, reload" helper reload tap1
t_true "iptables: verify" tf verify tap1
down tap1
# which takes what it has there with it
modprobe -a ebtable_nat ebtable_filter
ebt_use legacy
t_true "ebtables-legacy: up" up tap3
filters 1
hops ebtables-legacy pass
calls 0
hops "ebtables-legacy, not handed over" drop
calls 1
down tap3
t_is "iptables: nothing is left" "" "$(tables | grep tapf
	for i in nft legacy; do ebt_save $i; done | grep 'tf-\|tap[0-9]')"
ebt_use nft

# ---- marks: of a kernel without nf_conntrack_bridge ----------------------------
# modprobe is process 1's
module=$(find /usr/lib/modules -name nf_conntrack_bridge.ko)
modprobe -r nf_conntrack_bridge
nsenter -t 1 -m -r mount --bind /dev/null "$module"
ipt_conf nft
refused "marks: up" "$MARKS" up tap1
ip link add br1 type bridge nf_call_iptables 1 nf_call_ip6tables 1
ipt_domain 1 br1 no-mac-spoofing no-ip-spoofing state
refused "marks: up of what is to be elsewhere" "tap1: $FILTERS" up tap1
ip link del br1
guests
filters 0
t_true "marks: up" up tap1
t_is "marks: it is" "nft bridge with marks" "$(place)"
ipt_conf xtables
t_true "marks: another guest by iptables" up tap3
ipt_conf nft
filters 1
finds marks tap1
refused "marks: reload" "$MARKS" helper reload tap1
unseen marks 3000
hops "beside marks" pass
calls 0
hops "beside marks, not handed over" drop
down tap1
ipt_conf xtables
down tap3
nsenter -t 1 -m -r umount "$module"
t_done
