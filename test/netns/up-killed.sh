#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An up, reload or down that is killed, or told "no", at any of its system calls
# leaves the tap as before, filtered, or closed, and the next one repairs it.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/struck.sh"
t_ns "$@"
up_setup
struck_setup
# own, other: what tap0's domain says
own() {
	cp "$T_TMP/own.xml" "$T_TMP/domains/tap0.xml"
}
other() {
	cp "$T_TMP/other.xml" "$T_TMP/domains/tap0.xml"
}

# Where a replacement takes several steps, both are in force between them.
if ! with state && ! with ingress; then
	up_profile other "$OTHER"
	up_domain tap0 br0 other
else
	cat >"$T_TMP/profiles/other.xml" <<-'END'
	<FilterPool name='other'>
	  <FilterEntry>
	    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
	    <Hdr8021Filter>
	      <HdrDestMACAddr8021>52:54:00:00:99:99</HdrDestMACAddr8021>
	    </Hdr8021Filter>
	  </FilterEntry>
	</FilterPool>
	END
	up_domain tap0 br0 own-mac other
fi
mv "$T_TMP/domains/of-tap0.xml" "$T_TMP/other.xml"
up_domain tap0 br0 own-mac
mv "$T_TMP/domains/of-tap0.xml" "$T_TMP/own.xml"

# is WORD: the rules are those of is-WORD
is() {
	rules >"$T_TMP/now"
	cmp -s "$T_TMP/now" "$T_TMP/is-$1"
}

other
helper up tap0
rules >"$T_TMP/is-other"
own
helper up tap0
rules >"$T_TMP/is-own"
t_is "filtered" "2 drop" "$(chains tap0) $(forged tap0)"
t_false "with other rules, too" is other
helper down tap0
rules >"$T_TMP/is-none"

filtered() {
	[ "$(chains tap0) $(forged tap0)" = "2 drop" ]
}

# bad WHAT: it is wrong after this strike
bad() {
	wrong="$wrong; $1 after $STRUCK"
}

repaired() {
	[ "$(flags tap0) $(port_of tap0)" = "up br0" ] && is "$1" ||
		bad "not repaired"
}

cleared() {
	helper down tap0 || bad "down fails"
	[ "$(flags tap0) $(port_of tap0)" = "down " ] && is none ||
		bad "something is left"
}

# STEP CALL WHAT N: one strike each; what is wrong is added to $wrong
first() {
	struck "$1" "$2" "$3" up tap0
	[ "$(flags tap0)" = down ] || filtered || bad open
	[ "$STRUCK_RC" -ne 0 ] || is own || bad "status 0 without rules"
	helper up tap0 || bad "up fails"
	repaired own
	helper down tap0
}

again() {
	helper up tap0
	struck "$1" "$2" "$3" up tap0
	[ "$(flags tap0) $(port_of tap0)" = "up br0" ] || bad closed
	is own || filtered || bad open
	cleared
}

down() {
	helper up tap0
	struck "$1" "$2" "$3" down tap0
	[ "$(flags tap0)" = down ] || filtered || bad open
	cleared
}

# recorded: whose rules the record has
recorded() {
	grep -aq other "$T_STATE/tap0" && echo other || echo own
}

# changed COMMAND CALL WHAT N: other rules replace those that stand
changed() {
	own
	helper up tap0
	other
	struck "$2" "$3" "$4" "$1" tap0
	now=neither
	! is own || now=own
	! is other || now=other
	case $3 in
	error=*)
		[ "$STRUCK_RC" -ne 0 ] && want=own || want=other
		[ "$now $(recorded)" = "$want $want" ] ||
			bad "status $STRUCK_RC but $now"
		;;
	*)
		[ "$now" != neither ] || filtered || bad "open"
		;;
	esac
	[ "$(flags tap0) $(port_of tap0)" = "up br0" ] || bad closed
	helper reload tap0 || bad "reload fails"
	repaired other
	own
	cleared
}

replaced() {
	changed up "$@"
}

reloaded() {
	changed reload "$@"
}

# opened CALL WHAT N: a first up of a tap that is up in the bridge already
opened() {
	ip link set tap0 master br0 up
	struck "$1" "$2" "$3" up tap0
	want="down "
	[ "$STRUCK_RC" -ne 0 ] || want="up br0"
	[ "$(flags tap0) $(port_of tap0)" = "$want" ] ||
		bad "status $STRUCK_RC but $(flags tap0)"
	cleared
}

# What changes something: between two of these, a kill finds the same.  Of that
# on whose answer something hangs there is much: some of it where that is slow.
steps="first down reloaded" answers="first down" few=1 some=1
case ${TF_PLACES:-} in
xtables*) few=3 some=7 ;;
?*) some=4 ;;
*) steps="$steps again replaced" answers="$answers again" ;;
esac
for step in $steps; do
	changing="change write fsync renameat unlinkat setsockopt"
	strike $step signal=KILL $changing clone
	strike_some $few $step error=ENOMEM $changing
	! with xtables || for what in signal=KILL error=ENOMEM; do
		strike $step $what sendmsg
	done
done
for step in $answers; do
	strike_some $some $step error=ENOMEM openat mkdir flock sendto recvmsg \
		recvfrom socket bind getsockopt read clone wait4 poll
	! with xtables || strike_some $some $step error=ENOMEM memfd_create
done
strike_some $some opened error=EIO mkdir flock socket bind sendto recvmsg write
t_is "nothing is left" .sweep \
	"$(find "$T_TMP/state" -type f ! -name .egress -printf '%f\n' | xargs)"
t_done
