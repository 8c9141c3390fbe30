#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Beside what Docker, ufw, firewalld and libvirt write (foreign/), in either
# variant of iptables, or in both: their rules stay as they are, ours stand
# first, and a frame arrives only if both let it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge nft iptables-legacy ip6tables-legacy iptables-nft \
	ip6tables-nft ebtables
t_need_root
t_tmp
ipt_bridge 3
ipt_conf nft
ipt_entries | ipt_profile state
ipt_entry DROP incoming '' tcp 23 | ipt_profile no-telnet
for i in 1 3; do
	ipt_domain $i br0 no-mac-spoofing no-ip-spoofing no-telnet state
done
clear() {
	nft flush ruleset
	for clear_i in iptables ip6tables; do
		for clear_t in raw mangle nat filter; do
			printf '*%s\nCOMMIT\n' $clear_t |
				"$clear_i-legacy-restore"
			"$clear_i-legacy" -t $clear_t -P OUTPUT ACCEPT
		done
		for clear_t in INPUT FORWARD; do
			"$clear_i-legacy" -P $clear_t ACCEPT
		done
	done
}

# first: what the built-in chains begin with, but for what only sets a mark
first() {
	for first_i in PREROUTING FORWARD POSTROUTING; do
		iptables-legacy -t mangle -S $first_i |
			sed -n '/^-A/{s/.* -j //p;q}'
	done
	for first_i in PREROUTING POSTROUTING; do
		ebtables-save | sed -n '/^\*nat/,$p' |
			sed -n "/ CONTINUE\$/d
				/^-A $first_i /{s/.* -j //p;q}" |
			sed 's/[13]-/-/'
	done
}
OURS="tapfilter-out tapfilter-in tapfilter-own tf-tap-o tf-tap-i"

port=2000
# verdicts NAME
verdicts() {
	port=$((port + 10))
	unlock
	packets <<END
1>2 udp 1.$port 2.53 pass $1: what both let pass
2>1 udp 2.53 1.$port pass $1: the answer
1>2 udp 1.$port 2.77 drop $1: what they drop
2>1 udp 2.$port 1.53 drop $1: what they let pass and we do not
3>2 udp 1.$((port + 1)) 2.53 drop $1: forged by another guest
3>2 udp 3.$((port + 1)) 2.53 pass $1: that guest's own
END
}

# beside BACKEND NAME [SET VARIANT]...
beside() {
	b_backend=$1
	b_name="$1, $2"
	shift 2
	ipt_conf "$b_backend"
	while [ $# -gt 0 ]; do
		load "$1" "$2"
		shift 2
	done
	foreign >"$T_TMP/before"
	t_true "$b_name: up" helper up tap1
	t_true "$b_name: another" helper up tap3
	[ "$b_backend" != xtables ] ||
		t_is "$b_name: ours are first" "$OURS" "$(first | xargs)"
	t_true "$b_name: verify" tf verify tap1
	verdicts "$b_name"
	foreign >"$T_TMP/now"
	t_is "$b_name: theirs are as they were" "" \
		"$(diff "$T_TMP/before" "$T_TMP/now")"
	for b_i in 1 3; do
		t_true "$b_name: down tap$b_i" helper down "tap$b_i"
		ip link set "tap$b_i" master br0 up
	done
	foreign >"$T_TMP/now"
	t_is "$b_name: and after down" "" \
		"$(diff "$T_TMP/before" "$T_TMP/now")"
	t_is "$b_name: nothing of ours" "" "$(tables | grep tapf
		ebtables-save | grep 'tf-\|tap[13]'
		nft list ruleset 2>/dev/null | grep tapfilter)"
	clear
}

for i in xtables nft; do
	beside $i "Docker by iptables-nft" docker nft
	beside $i "Docker by iptables-legacy" docker legacy
	beside $i "ufw" ufw nft
	beside $i "firewalld by nftables" firewalld nftables
	beside $i "firewalld by iptables" firewalld legacy
	beside $i "libvirt" libvirt nft
	beside $i "libvirt and ufw by nft, Docker by legacy" \
		libvirt nft ufw nft docker legacy
done

# ---- they come after us, and before
ipt_conf xtables
t_true "up" helper up tap1
t_true "another" helper up tap3
load firewalld legacy
load libvirt nft
t_is "who comes later stands behind ours" "$OURS" "$(first | xargs)"
bridge link set dev tap1 locked on
t_true "which verify takes" tf verify tap1
iptables-legacy -t mangle -I PREROUTING -j PREROUTING_direct
ebtables -t nat -I POSTROUTING -j POSTROUTING_direct
t_is "who inserts himself first is found" 4 \
	"$(tf verify tap1 >/dev/null 2>&1; echo $?)"
t_true "up again" helper up tap1
t_is "ours are first again" "$OURS" "$(first | xargs)"
t_true "verify again" tf verify tap1
iptables-legacy -t mangle -D PREROUTING 2
verdicts "afterwards"

# firewalld reloads: all tables of iptables anew
for i in iptables ip6tables; do
	"$i-legacy-restore" <"$SETS/firewalld.$i"
done
foreign >"$T_TMP/before"
unlock
packets <<'END'
1>2 udp 1.1000 2.53 drop a reload that takes ours away closes: from the guest
2>1 udp 2.1000 1.22 drop and to the guest
3>2 udp 1.1001 2.53 drop and for another's forged frames
END
t_is "verify finds it" 4 "$(tf verify tap1 >/dev/null 2>&1; echo $?)"
t_true "restore" helper restore
t_is "ours are first once more" "$OURS" "$(first | xargs)"
verdicts "restored"
foreign >"$T_TMP/now"
t_is "theirs are as they were" "" "$(diff "$T_TMP/before" "$T_TMP/now")"
t_done
