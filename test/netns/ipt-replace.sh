#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Install, replace, remove in the iptables place: what the kernel has, whose it
# is, what stays of it, and that nobody else's chains change.
#
# Runs alone: it floods.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_need unshare ip bridge iptables-legacy ip6tables-legacy iptables-nft
t_need_root
t_ns "$@"
ipt_bridge 2

cat >/run/small <<'END'
p:1 out accept eth.type=0x0800 ip.src=10.0.0.1 ct.state={new,established}
p:2 out drop eth.type=0x0800
END
cat >/run/large <<'END'
p:1 out accept eth.type=0x0800 ip.src=10.0.0.1 ct.state={new,established}
p:2 out drop eth.type=0x0800
q:1 in accept eth.type=0x0800 ip.proto=6 l4.dport={1,2,3,4,5} limit=5/second burst=5
q:2 in accept eth.type=0x0800 ip.ttl=255
q:3 in drop eth.type=0x0800 log=1 log.prefix="x"
q:4 in accept eth.type=0x86dd ip6.src!={fe80::/10,ff00::/8} ip6.hoplimit=1-9
q:5 in drop eth.type=0x86dd ip6.proto=58 icmp6.type={134,137} icmp6.code=0
END

# In the manner of libvirt, Docker, ufw and firewalld: user chains, jumps from
# built-in ones, rules in "mangle" too, and the same by iptables-nft
theirs() {
	"$1" -t "$2" -N "$3" && "$1" -t "$2" -I "$4" -j "$3" &&
		"$1" -t "$2" -A "$3" -m physdev --physdev-in vnet7 -g "$3" \
			2>/dev/null || "$1" -t "$2" -A "$3" -i vnet7 -j DROP
}
for i in iptables-legacy ip6tables-legacy iptables-nft ip6tables-nft; do
	theirs "$i" filter FI-vnet7 FORWARD
	theirs "$i" filter DOCKER-USER FORWARD
	theirs "$i" filter ufw-before-input INPUT
	theirs "$i" mangle ufw-mangle PREROUTING
	theirs "$i" mangle PREROUTING_direct FORWARD
	"$i" -t mangle -A POSTROUTING -p udp --dport 68 -j RETURN
	"$i" -t nat -A POSTROUTING -s fd00::/64 -j MASQUERADE 2>/dev/null ||
		"$i" -t nat -A POSTROUTING -s 10.9.0.0/24 -j MASQUERADE
done
foreign() {
	for i in iptables ip6tables; do
		"$i-legacy-save" | sed '/^#/d;/tapf/d'
		"$i-nft-save" 2>&1 | sed '/^#/d'
	done | sed 's/\[[0-9:]*\]//'
}
foreign >/run/foreign
tables >/run/before

t_is "nothing yet" "No such file or directory" "$(ipt query tap1)"
t_true "install" ipt apply tap1 </run/small
ifindex() {
	ip -o link show "$1" | cut -d: -f1
}
t_is "identity" "ifindex $(ifindex tap1) owner 4711 uuid aabb" \
	"$(ipt query tap1 | sed 's/ digest.*//')"
tables >/run/is-small
t_true "verify" ipt verify tap1 </run/small
t_false "verify other rules" ipt verify tap1 </run/large
t_true "replace by more" ipt apply tap1 </run/large
t_true "verify those" ipt verify tap1 </run/large
t_true "replace by less" ipt apply tap1 </run/small
t_is "the same as at first" "$(cat /run/is-small)" "$(tables)"

# first CHAIN: the first rule of a chain
first() {
	iptables-legacy -t mangle -S "$1" | sed -n '/^-A/{p;q}'
}
is_first() {
	t_is "$1: first in PREROUTING" "-A PREROUTING -j tapfilter-out" \
		"$(first PREROUTING)"
	t_is "$1: first in FORWARD" "-A FORWARD -j tapfilter-in" \
		"$(first FORWARD)"
}
is_first install
iptables-legacy -t mangle -I PREROUTING -j ACCEPT
t_false "a rule before ours is noticed" ipt verify tap1 </run/small
t_true "install again" ipt apply tap1 </run/small
is_first again
iptables-legacy -t mangle -D PREROUTING -j ACCEPT

# tampered NAME ARG...: what somebody does to our chains is noticed and mended
tampered() {
	t_name=$1
	shift
	iptables-legacy -t mangle "$@"
	t_false "$t_name is noticed" ipt verify tap1 </run/small
	ipt apply tap1 </run/small
	t_is "$t_name is mended" "$(cat /run/is-small)" "$(tables)"
}
tampered "a rule that is gone" -D tapf-o1-tap1 2
tampered "a rule that was added" -I tapf-o-tap1 2 -j RETURN
tampered "a rule that was changed" -R tapf-o1-tap1 2 -j RETURN
tampered "an emptied way" -F tapfilter-out
tampered "an emptied built-in chain" -D FORWARD 1

# Of two taps, each can go without the other
t_true "install another" ipt apply tap2 </run/large
t_true "remove it" ipt remove tap2
t_is "the first has all it had" "$(cat /run/is-small)" "$(tables)"
t_true "remove twice" ipt remove tap2
t_true "remove" ipt remove tap1
t_is "all is as before" "$(cat /run/before)" "$(tables)"
t_is "nothing left" "No such file or directory" "$(ipt query tap1)"

# A device that has gone leaves its rules; the next of its name meets them
# until it is brought up or the record is cleared: identity tells whose.
ipt apply tap2 </run/small
old=$(ifindex tap2)
ip link del tap2
ip tuntap add tap2 mode tap
t_is "rules of a device that has gone" "ifindex $old" \
	"$(ipt query tap2 | cut -d' ' -f1,2)"
ipt apply tap2 </run/small
t_is "belong to the next one after up" "ifindex $(ifindex tap2)" \
	"$(ipt query tap2 | cut -d' ' -f1,2)"
ipt remove tap2

# Killed at any moment: a table has the rules of before, or the new ones
i=0 bad=0
ipt apply tap1 </run/small
tables >/run/is-small
ipt apply tap1 </run/large
tables >/run/is-large
while [ "$i" -lt 40 ]; do
	i=$((i + 1))
	ipt apply tap1 </run/small
	"$TEST_BIN/ipt_driver" apply tap1 </run/large &
	pid=$!
	n=0
	while [ "$n" -lt "$((i * 20))" ]; do n=$((n + 1)); done
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	for i6 in iptables ip6tables; do
		"$i6-legacy-save" -t mangle | sed '/^#/d;s/ \[.*//' >/run/now
		for is in small large; do
			awk -v want="$i6" '/^\*/ { n++ }
				n == (want == "iptables" ? 1 : 2)' \
				/run/is-$is | cmp -s - /run/now && break
			[ "$is" = small ] || bad=$((bad + 1))
		done
	done
done
t_is "killed at any moment" 0 "$bad"
t_true "the next replacement succeeds" ipt apply tap1 </run/large
t_true "and is whole" ipt verify tap1 </run/large
ipt remove tap1

i=0
while [ "$i" -lt 100 ]; do
	i=$((i + 1))
	ipt apply tap1 </run/large && ipt apply tap2 </run/small &&
		ipt remove tap1 && ipt remove tap2 || break
done
t_is "100 times up and down" 100 "$i"
t_is "foreign chains are as they were" "$(cat /run/foreign)" "$(foreign)"
t_is "and all else" "$(cat /run/before)" "$(tables)"

# Two at once: neither loses what the other does
{
	for i in $(seq 40); do ipt apply tap1 </run/large || echo failed; done
} >/run/one 2>&1 &
{
	for i in $(seq 40); do
		iptables-legacy -w -t mangle -A INPUT -p tcp --dport "$i" -j DROP
		ipt apply tap2 </run/small || echo failed
	done
} >/run/two 2>&1
wait
t_is "two at once" "" "$(cat /run/one /run/two)"
t_is "and iptables itself: nothing is lost" 40 \
	"$(iptables-legacy -t mangle -S INPUT | grep -c -- '--dport')"
t_true "the rules of one" ipt verify tap1 </run/large
t_true "the rules of the other" ipt verify tap2 </run/small

# Whoever holds the lock for ever
flock -F /run/xtables.lock sleep 60 &
pid=$!
until ! flock -n /run/xtables.lock true; do :; done
t_is "a lock that is held" \
	"tapfilter: another program has held /run/xtables.lock for 5 s" \
	"$(ipt remove tap1 2>&1)"
kill "$pid"
t_true "has changed nothing" ipt verify tap1 </run/large
t_done
