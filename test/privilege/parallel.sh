#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many at once: each tap ends as one of them left it, nobody has more taps up
# than the list allows, and whoever stops in the middle stops no other.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
rc=0 log=''
su_setup
su_taps 6
su_log
for i in 0 1 2 3; do
	su_tap "bo-$i" "$BOB"
	su_domain "bo-$i" "bo-$i" lab-db
done
acl() {
	su_conf "[acl alice]" "uid = $ALICE" "op = up, down, reload" \
		"domain = lab-web" "tap = al-#" "bridge = br0" "$@" \
		"[acl bob]" "uid = $BOB" "op = up, down, reload" \
		"domain = lab-db" "tap = bo-#" "bridge = br0" "max-active = 4"
}
acl

# ---- 39: a hundred ---------------------------------------------------------------------

one() {
	o_rc=0
	as "$1" "$HELPER" "$2" "$3" >/dev/null 2>&1 </dev/null || o_rc=$?
	echo "$o_rc" >>"$T_TMP/status"
}
hundred() {
	jobs=
	i=0
	while [ "$i" -lt 100 ]; do
		case $((i % 10)) in
		[0-5]) uid=$ALICE tap=al-$((i % 10)) ;;
		*) uid=$BOB tap=bo-$((i % 10 - 6)) ;;
		esac
		op=up
		[ $((i / 10 % 3)) -ne 1 ] || op=down
		[ $((i / 10 % 5)) -ne 4 ] || op=reload
		one "$uid" "$op" "$tap" &
		jobs="$jobs $!"
		su_kill_later $!
		i=$((i + 1))
	done
	# shellcheck disable=SC2086 # a list of words
	wait $jobs
}
log_of hundred
t_is "a hundred at once all end" 100 "$(grep -c . "$T_TMP/status")"
# A reload of what is down fails, and so does one that waits for 5 s.
t_is "each says what came of it" "" \
	"$(grep -v '^[013]$' "$T_TMP/status" | xargs)"
t_is "one line in the log for each" 100 \
	"$(echo "$log" | grep -c ' uid=[0-9]* op=\(up\|down\|reload\) ')"
wrong=
for i in al-0 al-1 al-2 al-3 al-4 al-5 bo-0 bo-1 bo-2 bo-3; do
	record=$(su_state | grep -c "^net/$i$")
	case "$(flags "$i") $(port_of "$i") $(chains "$i") $record" in
	"up br0 2 1" | "down  0 0") ;;
	*) wrong="$wrong; $i: $(flags "$i") $(chains "$i") $record" ;;
	esac
done
t_is "each tap is up with its rules, or down without" "" "$wrong"
for i in 0 1 2 3 4 5; do
	alice down "al-$i"
	as "$BOB" "$HELPER" down "bo-$i" 2>/dev/null
done
t_is "and can be taken down" "" "$(su_state)$(nft list ruleset | grep chain)"

# ---- max-active ------------------------------------------------------------------------

up_of() {
	for u_i in 0 1 2 3 4 5; do
		flags "al-$u_i"
	done | grep -c up
}
acl "max-active = 3"
wrong=
for round in 1 2 3 4; do
	: >"$T_TMP/status"
	jobs=
	for i in 0 1 2 3 4 5; do
		one "$ALICE" up "al-$i" &
		jobs="$jobs $!"
	done
	# shellcheck disable=SC2086 # a list of words
	wait $jobs
	got="$(up_of) $(sort "$T_TMP/status" | xargs) $(su_state |
		grep -c '^net/al')"
	[ "$got" = "3 0 0 0 3 3 3 3" ] || wrong="$wrong; $round: $got"
	for i in 0 1 2 3 4 5; do
		alice down "al-$i"
	done
done
t_is "six race for three places: three get one" "" "$wrong"
wrong=
for round in 1 2 3 4 5 6; do
	acl "max-active = 3"
	alice up al-0
	alice up al-1
	: >"$T_TMP/status"
	one "$ALICE" up al-2 &
	jobs=$!
	one "$ALICE" up al-3 &
	wait "$jobs" $!
	got="$(up_of) $(sort "$T_TMP/status" | xargs)"
	[ "$got" = "3 0 3" ] || wrong="$wrong; $round: $got"
	for i in 0 1 2 3; do
		alice down "al-$i"
	done
done
t_is "two race for the last place: one gets it" "" "$wrong"
for i in 0 1 2; do
	alice up "al-$i"
done
su_same "one more is denied" 3 as "$ALICE" "$HELPER" up al-3
alice up al-1
t_is "again is not one more" 0 "$rc"
as "$BOB" "$HELPER" up bo-0 2>/dev/null
t_is "others have places of their own" "up 2" "$(flags bo-0) $(chains bo-0)"
ip link del al-1
alice up al-3
t_is "a tap that died gives its place back" "0 up 2" \
	"$rc $(flags al-3) $(chains al-3)"
su_same "once" 3 as "$ALICE" "$HELPER" up al-4
ip link set al-0 name al-7
su_same "a tap that was renamed keeps its place" 3 \
	as "$ALICE" "$HELPER" up al-4
ip link set al-7 name al-0 2>/dev/null || :
# A record that is not his does not free his place, nor take one.
su_tap al-1 "$ALICE"
"$HELPER" up al-1
su_same "what root has up does not count, and takes nothing away" 3 \
	as "$ALICE" "$HELPER" up al-4
acl "max-active = 4"
alice up al-4
t_is "a higher limit counts at once" "0 up" "$rc $(flags al-4)"
acl "max-active = 1"
su_same "a lower one stops what is new" 3 as "$ALICE" "$HELPER" up al-5
alice down al-4
t_is "and takes nothing down by itself" "0 down up" \
	"$rc $(flags al-4) $(flags al-3)"
for i in 0 1 2 3 4; do
	"$HELPER" down "al-$i"
done
as "$BOB" "$HELPER" down bo-0
"$HELPER" gc 2>/dev/null
t_is "nothing is left" "" "$(su_state)"

# ---- 13: one that stops ----------------------------------------------------------------

acl
cp "$TF_BUILD/test/netns/fake_resolve" /usr/libexec/tapfilter/tapfilter-resolve
cp "$TF_BUILD/tapfilter-resolve" /usr/libexec/tapfilter/real
mkdir -m 777 "$T_TMP/meet"
chmod 755 "$T_TMP"
cat >/usr/libexec/tapfilter/script <<END
case \$* in
*--tap=al-0*)
	if [ ! -e $T_TMP/meet/helper ]; then
		echo \$PPID >$T_TMP/meet/new
		mv $T_TMP/meet/new $T_TMP/meet/helper
		exec sleep 60
	fi
	;;
esac
exec /usr/libexec/tapfilter/real "\$@"
END
as "$ALICE" "$HELPER" up al-0 >/dev/null 2>&1 </dev/null &
job=$!
su_wait "the first is at work" test -f "$T_TMP/meet/helper"
read -r stuck <"$T_TMP/meet/helper"
su_wait "it has the lock" sh -c "ls -l /proc/$stuck/fd | grep -q lock.al-0"
kill -STOP "$stuck"
as "$BOB" "$HELPER" up bo-0 2>/dev/null
t_is "another user's up goes on" "up 2" "$(flags bo-0) $(chains bo-0)"
alice up al-1
t_is "that of another tap of his goes on" "0 up" "$rc $(flags al-1)"
alice down al-1
as "$BOB" "$HELPER" down bo-0 2>/dev/null
log_of alice up al-0
t_is "that of the same tap ends, and changes nothing" "3 down  0" \
	"$rc $(flags al-0) $(port_of al-0) $(chains al-0)"
case $log in
*"held the lock"*) t_ok "and says why" ;;
*) t_fail "and says why" "$log" ;;
esac
kill -KILL "$stuck"
wait "$job" 2>/dev/null
alice up al-0
t_is "when it is killed the tap is free" "0 up 2" \
	"$rc $(flags al-0) $(chains al-0)"
alice down al-0
t_done
