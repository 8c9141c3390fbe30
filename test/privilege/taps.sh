#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Which devices a user may have filtered: his own taps, and no other kind; also
# when they are given away, renamed, replaced or change hands under the helper.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
su_setup
su_taps 1
tools=$TF_BUILD/test/privilege
uid_acl() {
	su_conf "[acl alice]" "uid = $ALICE" "op = up, down, reload, bridge" \
		"domain = lab-web" "tap = al-#, tf#, eth0" "bridge = br0, p0" \
		"${1:-require = owner}" "[acl bob]" "uid = $BOB" \
		"op = up, down, reload" "domain = lab-db" "tap = al-#" \
		"bridge = br0"
}
uid_acl
su_profile let-other "$OTHER"

# refused NAME TAP: neither up nor down nor reload changes it
refused() {
	su_domain "$2" "$2" lab-web
	su_same "$1: up" 3 as "$ALICE" "$HELPER" up "$2"
	su_same "$1: down" 0 as "$ALICE" "$HELPER" down "$2"
	su_same "$1: reload" "${3:-3}" as "$ALICE" "$HELPER" reload "$2"
}

# 23: of the kinds that this kernel has
while read -r name device words; do
	# shellcheck disable=SC2086 # a list of words
	ip link add name "$device" $words 2>/dev/null || continue
	refused "$name" "$device"
	ip link del "$device"
done <<END
a-dummy al-1 type dummy
a-veth al-2 type veth peer name other
a-bridge al-3 type bridge
a-vlan al-4 link p1 type vlan id 5
a-macvtap al-5 link p1 type macvtap
a-macvlan al-6 link p1 type macvlan
an-ifb al-7 type ifb
a-vxlan al-8 type vxlan id 5 dstport 4789
an-ethernet-device eth0 type veth peer name other
END
ip tuntap add al-5 mode tun user "$ALICE"
refused "a tun" al-5 1
ip link del al-5
refused "no device" al-77

# 24
su_tap al-1 "$BOB"
refused "another user's tap" al-1
ip tuntap add al-2 mode tap
refused "a tap of nobody" al-2
ip tuntap add al-3 mode tap group "$ALICE"
refused "a tap of his group" al-3
ip tuntap add al-4 mode tap user "$BOB" group "$ALICE"
refused "a tap of another user and his group" al-4
su_tap al-5 0
refused "root's tap" al-5
for i in 1 2 3 4 5; do
	ip link del "al-$i"
done

# 24: with possession in place of ownership
uid_acl "require = fd"
su_tap al-1 "$BOB"
su_domain al-1 al-1 lab-web
su_same "no descriptor" 3 as "$ALICE" "$HELPER" up al-0
su_same "the descriptor of another tap" 3 as "$ALICE" "$tools/hostile" \
	tap=al-0 -- "$HELPER" up al-1
rc=0
as "$ALICE" "$tools/hostile" tap=al-0 -- "$HELPER" up al-0 2>/dev/null || rc=$?
t_is "the descriptor of that tap" "0 up 2" "$rc $(flags al-0) $(chains al-0)"
"$HELPER" down al-0
ip link del al-1
uid_acl "require = owner, fd"
su_same "the owner without the descriptor" 3 as "$ALICE" "$HELPER" up al-0
uid_acl

# 25: whoever holds the descriptor gives the tap away, its rules stay
give() {
	as "$1" "$tools/hostile" "tap=$2" "give=$3" -- /bin/true
}
"$HELPER" up al-0
for i in down up reload; do
	want=3
	su_same "$i of what root brought up, by its owner" "$want" \
		as "$ALICE" "$HELPER" "$i" al-0
done
"$HELPER" down al-0
su_tap al-1 "$BOB"
su_domain al-1 al-1 lab-db
as "$BOB" "$HELPER" up al-1
t_is "bob's tap is up" "up 2" "$(flags al-1) $(chains al-1)"
give "$BOB" al-1 "$ALICE"
su_domain al-1 al-1 lab-web let-other
for i in down up reload; do
	su_same "$i of what another user brought up and gave away" 3 \
		as "$ALICE" "$HELPER" "$i" al-1
done
t_is "it is still filtered" drop "$(probe al-1 "$OTHER")"
# Also when the record is lost, and when the rules are
rm -r /run/tapfilter/net-*
su_same "down of it without a record" 3 as "$ALICE" "$HELPER" down al-1
as "$BOB" "$HELPER" down al-1
t_is "who brought it up takes it down, his or not" "down 0" \
	"$(flags al-1) $(chains al-1)"
su_domain al-1 al-1 lab-db
give 0 al-1 "$BOB"
as "$BOB" "$HELPER" up al-1
nft flush ruleset
give "$BOB" al-1 "$ALICE"
su_same "down of it without its rules" 3 as "$ALICE" "$HELPER" down al-1
"$HELPER" down al-1
ip link set al-1 master br0 up
su_same "down of a tap with neither" 0 as "$ALICE" "$HELPER" down al-1
ip link del al-1

# 27
alice up al-0
ip link set al-0 name al-9 2>/dev/null || {
	ip link set al-0 down
	ip link set al-0 name al-9
	ip link set al-9 up
}
su_domain al-9 al-9 lab-web
alice up al-9
t_is "an up under its new name replaces the rules" "0 drop" \
	"$rc $(probe al-9 "$OTHER")"
alice down al-9
t_is "and a down is one" "down  0" \
	"$(flags al-9) $(port_of al-9) $(chains al-9)"
ip link del al-9
"$HELPER" gc 2>/dev/null
t_is "nothing of either name is left" "0 0 " \
	"$(chains al-0) $(chains al-9) $(su_state)"

# 28
su_tap al-0
alice up al-0
ip link del al-0
su_tap al-0 "$BOB"
ip link set al-0 master br0 up
t_is "old rules do nothing to the next device of that name" pass \
	"$(probe al-0 "$OTHER")"
ip link set al-0 nomaster down
su_domain al-0 al-0 lab-db let-other
rc=0
as "$BOB" "$HELPER" up al-0 2>/dev/null || rc=$?
t_is "its next user has his rules and no others" "0 2 let-other" \
	"$rc $(chains al-0) $(nft list ruleset |
		grep -o 'own-mac\|let-other' | sort -u | xargs)"
su_same "down by the user before" 3 as "$ALICE" "$HELPER" down al-0
su_domain al-0 al-0 lab-web
su_same "up by the user before" 3 as "$ALICE" "$HELPER" up al-0
as "$BOB" "$HELPER" down al-0
ip link del al-0

# Bridges
su_tap al-0
ip link add br1 type bridge
ip link set br1 up
rm -r /run/tapfilter/net-*
su_domain al-0 al-0 lab-web own-mac "$GUEST" br1
su_same "a bridge that is not granted" 3 as "$ALICE" "$HELPER" up al-0
su_domain al-0 al-0 lab-web own-mac "$GUEST" p0
su_world >"$T_TMP/world"
alice up al-0
t_is "a bridge that is none: nothing is left of the up" "1 down  0 " \
	"$rc $(flags al-0) $(port_of al-0) $(chains al-0) $(su_state)"
su_domain al-0 al-0 lab-web
ip link set al-0 master br1
su_same "a tap that is in another bridge" 3 as "$ALICE" "$HELPER" up al-0
ip link set al-0 nomaster
su_domain lab-web "" lab-web
bridge() {
	su_same "bridge: $1" "$2" as "$ALICE" "$tools/hostile" "$3" -- \
		"$HELPER" bridge --br="${4:-br0}" --fd=3 --domain="${5:-lab-web}"
}
for i in stream dgram seqpacket inet netlink; do
	bridge "not a connected socket: $i" 3 "socket=$i"
done
bridge "not granted" 3 socket=stream br1
bridge "not granted, not there" 3 socket=stream br7
bridge "another domain" 3 socket=stream br0 lab-db
for i in / /dev/null /etc/passwd; do
	su_same "bridge: descriptor of $i" 3 as "$ALICE" sh -c \
		"exec $HELPER bridge --br=br0 --fd=3 --domain=lab-web 3<$i"
done
su_same "bridge: a closed descriptor" 1 as "$ALICE" sh -c \
	"exec $HELPER bridge --br=br0 --fd=9 --domain=lab-web 3<&- 9<&-"

# 26
ip link del al-0
mkfifo "$T_TMP/stop" "$T_TMP/answer"
done_ups=0
swaps=0
wrong=
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	"$tools/swap_taps" al-0 "$ALICE" "$BOB" <"$T_TMP/stop" >"$T_TMP/answer" &
	job=$!
	su_kill_later "$job"
	exec 3>"$T_TMP/stop" 4<"$T_TMP/answer"
	for rc in 9 9 9 9 9 9; do
		alice up al-0
		[ "$rc" -ne 0 ] || done_ups=$((done_ups + 1))
	done
	exec 3>&-
	read -r n <&4
	exec 4<&-
	swaps=$((swaps + n))
	# What is there now: whose is it, and what does it have?
	index=$(ip -o link show al-0 | cut -d: -f1)
	case $(flags al-0)$(port_of al-0) in
	down) ;;
	*)
		nft list ruleset | grep -q "al-0, ifindex $index, uid $ALICE" &&
			ip -d link show al-0 | grep -q "user \(alice\|$ALICE\)" ||
			wrong="$wrong; $(ip -d -o link show al-0) $(nft list ruleset)"
		;;
	esac
	kill "$job"
	wait "$job" 2>/dev/null
done
t_is "a tap that changes hands under the helper is never opened" "" "$wrong"
echo "# $done_ups of 72 ups, $swaps swaps"
[ "$done_ups" -gt 0 ] && [ "$swaps" -gt 5 ] ||
	t_fail "the race was run" "$done_ups of 72 ups, $swaps swaps"
"$HELPER" gc 2>/dev/null
t_is "nothing is left of it" "" "$(su_state)"
t_done
