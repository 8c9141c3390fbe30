#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tables, chains, sets and counters of others are the same, to the byte and to
# the kernel's own numbers, after a thousand ups and downs beside them.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
rc=0
su_setup
su_log
su_taps 4
nft -f - <<'END'
table ip filter {
	set seen { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.7 } }
	chain FORWARD {
		type filter hook forward priority 0; policy drop;
		ip saddr @seen counter packets 5 bytes 500 accept
		jump DOCKER-USER
	}
	chain DOCKER-USER {
		counter return
	}
	chain LIBVIRT_FWI {
		oifname "virbr0" reject
	}
}
table ip6 nat {
	chain post {
		type nat hook postrouting priority 100;
		masquerade
	}
}
table bridge filter {
	map where { type ifname : verdict; elements = { "vnet0" : drop } }
	chain libvirt-I-vnet0 {
		ether saddr != 52:54:00:aa:bb:cc drop
	}
	chain FORWARD {
		type filter hook forward priority -200; policy accept;
		iifname vmap @where
		iifname "vnet0" jump libvirt-I-vnet0
	}
}
table netdev watch {
	chain al-0-in {
		type filter hook ingress device "p0" priority 0; policy accept;
		ether type 0x88b7 counter comment "tapfilter: al-0, ifindex 5, uid 0"
	}
}
table netdev tapfilter {
	chain al-0-out {
		ether type arp drop
	}
}
table netdev tapfilters-05 {
	chain al-0-in {
		drop
	}
}
table ip tapfilter-05 {
	chain al-0-in {
		accept
	}
	chain al-0-out {
		accept
	}
}
table inet tapfilter-05 {
	flags dormant
	chain al-1-in {
		type filter hook input priority 0; policy accept;
	}
}
table bridge tapfilter-00 {
	chain al-2-in {
		ether daddr 52:54:00:00:00:01 drop
	}
}
END
for i in 0 1 2 3; do
	nft add table netdev "of-al-$i"
	nft add chain netdev "of-al-$i" x \
		"{ type filter hook ingress device al-$i priority -600; }"
	nft add rule netdev "of-al-$i" x ether type 0x88b6 counter drop
done
foreign() {
	nft -s list tables | grep -v '^table netdev tapfilter-' |
		while read -r line; do
			# shellcheck disable=SC2086 # a list of words
			nft -a -n list $line
		done
	ip -o link show p0
}
foreign >"$T_TMP/before"
[ "$(grep -c '^table' "$T_TMP/before")" -eq 13 ] ||
	t_fail "the tables of others" "$(cat "$T_TMP/before")"

# rounds TAP: 250 of them
rounds() {
	r_n=0
	while [ "$r_n" -lt 250 ]; do
		as "$ALICE" "$HELPER" up "$1" && as "$ALICE" "$HELPER" down "$1" ||
			return
		r_n=$((r_n + 1))
		echo "$r_n" >"$T_TMP/$1"
	done
}
jobs=
for i in al-0 al-1 al-2 al-3; do
	rounds "$i" >"$T_TMP/out-$i" 2>&1 </dev/null &
	jobs="$jobs $!"
	su_kill_later $!
done
# While they run, others go on too.
n=0
for i in $jobs; do
	while kill -0 "$i" 2>/dev/null; do
		n=$((n + 1))
		nft add table ip busy
		nft add chain ip busy c
		nft delete table ip busy
	done
done
# shellcheck disable=SC2086 # a list of words
wait $jobs
t_is "1000 ups and downs did their work" "250 250 250 250" \
	"$(cat "$T_TMP/al-0" "$T_TMP/al-1" "$T_TMP/al-2" "$T_TMP/al-3" | xargs)"
# Whoever failed is told no more than that; the log has the reason.
su_mark
grep -v -e ': done$' -e '^mark' "$T_TMP/log" | sed 's/^/# /'
foreign >"$T_TMP/after"
t_is "what is not ours is the same, to its handles" "" \
	"$(diff "$T_TMP/before" "$T_TMP/after")"
[ "$n" -gt 10 ] || t_fail "others changed theirs meanwhile" "$n"
for i in 0 1 2 3; do
	t_is "al-$i is down" "down " "$(flags "al-$i") $(port_of "al-$i")"
done
t_is "no record and no rules are left" "" "$(su_state)$(nft list ruleset |
	sed -n '/^table netdev tapfilter-/,/^}/s/chain//p')"
# What makes everything of others that stands: the whole list, with ours up
alice up al-0
foreign >"$T_TMP/after"
t_is "the same with rules of ours beside them" "0 " \
	"$rc $(diff "$T_TMP/before" "$T_TMP/after")"
alice down al-0
t_done
