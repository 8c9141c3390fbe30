#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest that sends frames with a wrong address all the time, as fast as it
# can, while its user takes the tap up, loads other rules and takes it down: not
# one comes out on the other side of the bridge, and those with the right
# address do.
#
# Runs alone: it floods.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
rc=0 err=''
su_setup
su_taps 1
# The same again, with other rules in the kernel
sed "s/own-mac/own-mac-2/; s|<FilterEntry>|<FilterEntry>\
<Action>DROP</Action> <TrafficType>outgoing</TrafficType>\
<Hdr8021Filter><HdrSrcMACAddr8021>$OTHER</HdrSrcMACAddr8021></Hdr8021Filter>\
</FilterEntry> <FilterEntry>|" /etc/tapfilter/profiles/own-mac.xml \
	>/etc/tapfilter/profiles/own-mac-2.xml
cp /etc/tapfilter/domains/al-0.xml "$T_TMP/first.xml"
su_domain al-0 al-0 lab-web own-mac-2
cp /etc/tapfilter/domains/al-0.xml "$T_TMP/second.xml"
other() {
	cp "$T_TMP/$1.xml" /etc/tapfilter/domains/new
	mv /etc/tapfilter/domains/new /etc/tapfilter/domains/al-0.xml
}

flood_begin() {
	"$TF_BUILD/test/privilege/flood" al-0 p1 "$GUEST" "$OTHER" \
		<"$T_TMP/stop" >"$T_TMP/answer" &
	flooder=$!
	su_kill_later "$flooder"
	exec 3>"$T_TMP/stop" 4<"$T_TMP/answer"
	read -r line <&4
	[ "$line" = ready ] || t_fail "the flood begins" "$line"
}

# flood_end: what it says in $spoofed $honest $leaked $passed
flood_end() {
	exec 3>&-
	read -r spoofed honest leaked passed <&4
	exec 4<&-
	wait "$flooder"
}
mkfifo "$T_TMP/stop" "$T_TMP/answer"

# It can leak at all, and is counted then.
flood_begin
ip link set al-0 master br0 up
su_wait "frames of an open tap" sh -c "[ \"\$(ip -s -o link show p1 |
	sed 's/.*RX:[^0-9]*[0-9]* *\([0-9]*\).*/\1/')\" -gt 1000 ]"
ip link set al-0 nomaster down
flood_end
[ "$leaked" -gt 0 ] && [ "$passed" -gt 0 ] && t_ok "an open tap leaks" ||
	t_fail "an open tap leaks" "$spoofed $honest $leaked $passed"

flood_begin
wrong=
i=0
while [ "$i" -lt 200 ]; do
	i=$((i + 1))
	alice up al-0
	up=$rc
	other second
	alice reload al-0
	reload=$rc
	other first
	# Up again, over rules that stand
	[ $((i % 4)) -ne 0 ] || alice up al-0
	case $(nft list ruleset) in
	*own-mac*) ;;
	*) wrong="$wrong; $i: no rules" ;;
	esac
	alice down al-0
	[ "$up$reload$rc" = 000 ] || wrong="$wrong; $i: $up $reload $rc $err"
done
flood_end
t_is "200 rounds of up, reload and down did their work" "" "$wrong"
t_is "none of $spoofed frames from a wrong address came through" 0 "$leaked"
[ "$spoofed" -gt 5000 ] && [ "$passed" -gt 5000 ] &&
	t_ok "$passed of $honest honest frames did" ||
	t_fail "enough frames" "$spoofed $honest $leaked $passed"
su_loose al-0 && t_ok "nothing is left" || t_fail "nothing is left" "$(su_world)"
t_done
