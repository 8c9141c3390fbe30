#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A restore or replace that is killed, or told "no", at any of its system calls:
# the restore leaves taps as they were, closed, or filtered; the replace all with
# the old rules or all with the new ones, or, where it takes several steps, with
# those of both.  What comes next repairs it.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/struck.sh"
t_ns "$@"
up_setup
struck_setup
ip tuntap add tap1 mode tap
up_domain tap1 br0 own-mac
bring tap0
bring tap1

# is WORD: the rules are those of is-WORD
is() {
	rules >"$T_TMP/now"
	cmp -s "$T_TMP/now" "$T_TMP/is-$1"
}

# drops TAP: the directions in which it lets nothing pass, for want of a restore
drops() {
	nft list ruleset | awk -v tap="$1" '
		$1 == "chain" { split($2, of, "-") }
		of[1] == tap && /comment "closed:/ { print of[2] }' |
		sort -u | xargs
}

# look TAP: what becomes of its frames.  In two hooks, what it sends is closed
# first, and opened first; nothing that rules must drop passes between.
look() {
	if [ "$(flags "$1")" = down ]; then
		echo closed
		return
	fi
	case $(drops "$1"),$(chains "$1"),${TF_PLACES:-} in
	"in out",*) echo closed ;;
	,0,*) echo open ;;
	,2,*) [ "$(forged "$1")" = drop ] && echo filtered || echo half ;;
	in,2,ingress)
		[ "$(probe "$1" "$OTHER")" = drop ] && echo opening || echo half
		;;
	out,1,ingress)
		[ "$(probe "$1" "$GUEST")" = shut ] && echo closing || echo half
		;;
	*) echo half ;;
	esac
}

# bad WHAT: it is wrong after this strike
bad() {
	wrong="$wrong; $1 after $STRUCK"
}

# note: what was seen of both
note() {
	state="$(look tap0):$(look tap1)"
	case $seen in
	*" $state "*) ;;
	*) seen="$seen $state " ;;
	esac
}

# ---- restore ---------------------------------------------------------------
rules >"$T_TMP/is-before"

# restored CALL WHAT N: one strike; what is wrong is added to $wrong
restored() {
	wipe
	struck "$1" "$2" "$3" restore
	note
	[ "$STRUCK_RC" -ne 0 ] || is before || bad "status 0 without rules"
	# One after the other each gets its own answer, but all are closed first.
	case $2,$state in
	*half*) bad "$state" ;;
	*,open:open | error=*) ;;
	*open:* | *:open) bad "$state" ;;
	*,closed:closed) at_closed=${at_closed:-$1 $2 $3} ;;
	esac
	helper restore 2>/dev/null || bad "restore fails"
	for i in tap0 tap1; do
		[ "$(flags $i)" = up ] || bring $i
	done
	is before || bad "not repaired"
}

changing="change write fsync renameat unlinkat setsockopt"
# Of that on whose answer something hangs there is much
few=2 some=5
[ -z "${TF_PLACES:-}" ] || some=15

seen=
at_closed=
# Lists of words
# shellcheck disable=SC2086
{
	strike restored signal=KILL $changing flock clone
	! with xtables || strike restored signal=KILL sendmsg
	states=$seen
	strike_some $few restored error=ENOMEM $changing flock
	strike_some $some restored error=ENOMEM openat sendto recvmsg recvfrom \
		socket bind getsockopt read
}
t_is "open, closed and filtered were seen" \
	"closed:closed filtered:filtered open:open" \
	"$(echo "$states" | xargs -n 1 | sort | grep '^\(.*\):\1$' |
		grep -v ing | xargs)"

# closed: once more to that point
closed() {
	wipe
	# Three words
	# shellcheck disable=SC2086
	struck $at_closed restore
}

closed
t_is "closed: a frame of another" shut "$(probe tap0 "$OTHER")"
t_is "closed: its own" shut "$(probe tap0 "$GUEST")"
t_is "closed: one for it" shut "$(
	"$TF_BUILD/test/netns/tap_hear" tap0 p1 "$OTHER")"
t_true "closed: up" helper up --no-link tap0
t_is "closed: up" "filtered, a frame of its own: pass" \
	"$(look tap0), a frame of its own: $(probe tap0 "$GUEST")"
closed
t_true "closed: reload" helper reload tap0
t_is "closed: reload" "filtered, a frame of its own: pass" \
	"$(look tap0), a frame of its own: $(probe tap0 "$GUEST")"
closed
t_true "closed: gc" helper gc
t_is "closed: gc leaves it" "closed:closed" "$(look tap0):$(look tap1)"
t_true "closed: down" helper down tap1
t_is "closed: down: nothing is left" " 0 down" \
	"$(drops tap1) $(chains tap1) $(flags tap1)"
closed
ip link del tap0
ip tuntap add tap0 mode tap
ip link set tap0 master br0 up
t_is "closed: a later tap of that name is not" pass "$(probe tap0 "$OTHER")"
helper down tap0
bring tap0
bring tap1

# ---- replace ---------------------------------------------------------------
# new_rules NAME: own MAC, under that name, and what else up.sh has for the place
new_rules() {
	printf '%s:1 out accept eth.src=%s\n%s:2 out drop\n' "$1" "$GUEST" "$1"
	! with state || cat <<-END
	no-ip:1 out drop eth.inner=0x0800
	state:1 in drop eth.type=0x0800 ct.state={new,invalid}
	END
	! with ingress ||
		echo incoming:1 in drop eth.src=52:54:00:00:99:99
}

input() {
	for i_tap in tap0 tap1; do
		new_rules "$1" | "$TF_BUILD/test/netns/replace_input" \
			"$T_STATE/$i_tap"
	done >"$T_TMP/input"
}

# recorded: for both taps
recorded() {
	cat "$T_STATE/tap0" "$T_STATE/tap1" | grep -ao 'first\|second' | sort -u |
		xargs
}

for i in second first; do
	input $i
	t_true "replace: $i" helper replace <"$T_TMP/input"
	rules >"$T_TMP/is-$i"
	t_is "they filter" "filtered:filtered" "$(look tap0):$(look tap1)"
done
t_false "they differ" is second

# replaced CALL WHAT N: one strike
replaced() {
	input first
	helper replace <"$T_TMP/input"
	input second
	struck "$1" "$2" "$3" replace <"$T_TMP/input"
	now=neither
	! is first || now=first
	! is second || now=second
	[ $now = neither ] || seen="$seen $now"
	case $2 in
	error=*)
		[ "$STRUCK_RC" -ne 0 ] && want=first || want=second
		[ "$now $(recorded)" = "$want $want" ] ||
			bad "status $STRUCK_RC but $now"
		;;
	*)
		[ $now != neither ] || {
			note
			[ "$state" = filtered:filtered ] || bad "$state"
		}
		helper restore 2>/dev/null || bad "restore fails"
		[ -z "$(helper restore 2>&1)" ] || bad "not as recorded"
		;;
	esac
}

seen=
# shellcheck disable=SC2086
{
	strike replaced signal=KILL $changing flock clone
	! with xtables || strike replaced signal=KILL sendmsg
	! with xtables || strike replaced error=ENOMEM sendmsg
	strike_some $few replaced error=ENOMEM $changing flock
	strike_some $some replaced error=ENOMEM openat sendto recvmsg socket bind \
		getsockopt read
}
t_is "old and new were seen" "first second" \
	"$(echo "$seen" | xargs -n 1 | grep 'first\|second' | sort -u | xargs)"
helper down tap0
helper down tap1
t_is "nothing is left" ".index .index-lock .sweep" \
	"$(find "$T_TMP/state" -type f ! -name .egress -printf '%f\n' | sort | xargs)"
t_done
