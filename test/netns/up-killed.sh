#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An up or down that is killed, or told "no", at any of its system calls
# leaves the tap as before, filtered, or closed, and the next one repairs it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/struck.sh"
t_ns "$@"
up_setup
struck_setup
up_profile let-other "$OTHER"
up_domain tap0 br0 let-other
mv "$T_TMP/domains/of-tap0.xml" "$T_TMP/let-other.xml"
up_domain tap0 br0 own-mac
mv "$T_TMP/domains/of-tap0.xml" "$T_TMP/own-mac.xml"
cp "$T_TMP/own-mac.xml" "$T_TMP/domains/tap0.xml"
helper up tap0
helper down tap0

# Those that change something: between two of them, a kill finds the same
changing="sendto sendmsg write fsync renameat unlinkat clone3 clone fork close"
# Those on whose answer something hangs
answering="openat mkdir flock sendto sendmsg recvmsg recvfrom write fsync
renameat unlinkat socket bind setsockopt read clone3 clone fork wait4 poll"

# safe: tap0 is closed, or it is filtered
safe() {
	[ "$(flags tap0)" = down ] || [ "$(chains tap0)" = 2 ]
}

# first CALL WHAT N, again CALL WHAT N, down CALL WHAT N: one strike each;
# what is wrong is added to $wrong
first() {
	struck "$1" "$2" "$3" up tap0
	safe || wrong="$wrong; up: open after $1 $3"
	[ "$STRUCK_RC" -ne 0 ] || [ "$(chains tap0)" = 2 ] ||
		wrong="$wrong; up: status 0 without rules after $1 $3"
	helper up tap0 || wrong="$wrong; up does not repair $1 $3"
	[ "$(chains tap0) $(port_of tap0)" = "2 br0" ] ||
		wrong="$wrong; not repaired after $1 $3"
	helper down tap0
}

again() {
	helper up tap0
	struck "$1" "$2" "$3" up tap0
	[ "$(flags tap0) $(port_of tap0) $(chains tap0)" = "up br0 2" ] ||
		wrong="$wrong; replace: not as before after $1 $3"
	helper down tap0 || wrong="$wrong; down does not repair $1 $3"
}

down() {
	helper up tap0
	struck "$1" "$2" "$3" down tap0
	safe || wrong="$wrong; down: open after $1 $3"
	helper down tap0 || wrong="$wrong; down does not repair $1 $3"
	[ "$(flags tap0) $(port_of tap0) $(chains tap0)" = "down  0" ] ||
		wrong="$wrong; not down after $1 $3"
}

# other, own: what tap0's domain says
other() {
	cp "$T_TMP/let-other.xml" "$T_TMP/domains/tap0.xml"
}

own() {
	cp "$T_TMP/own-mac.xml" "$T_TMP/domains/tap0.xml"
}

# in_force: the profiles whose rules tap0 has, and the one in its record
in_force() {
	nft list ruleset | grep -o 'own-mac:\|let-other:' | sort -u |
		tr -d '\n'
	grep -ao 'own-mac\|let-other' "$T_STATE/tap0" | sort -u
}

# changed COMMAND CALL WHAT N: other rules replace those that stand
changed() {
	g_command=$1
	own
	helper up tap0
	other
	struck "$2" "$3" "$4" "$g_command" tap0
	want=own-mac:own-mac
	[ "$STRUCK_RC" -ne 0 ] || want=let-other:let-other
	[ "$(flags tap0) $(port_of tap0) $(in_force)" = "up br0 $want" ] ||
		wrong="$wrong; status $STRUCK_RC but $(in_force) after $2 $4"
	helper down tap0
	own
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
		wrong="$wrong; status $STRUCK_RC but $(flags tap0) after $1 $3"
	helper down tap0
}

# Lists of words
# shellcheck disable=SC2086
{
	strike first signal=KILL $changing
	strike again signal=KILL $changing
	strike down signal=KILL $changing
	strike first error=ENOMEM $answering
	strike again error=ENOMEM $answering
	strike down error=ENOMEM $answering
	strike opened error=EIO mkdir flock socket bind sendto recvmsg write
	strike replaced error=EIO sendto recvmsg fsync renameat
	strike reloaded error=EIO sendto recvmsg fsync renameat
}
t_is "nothing is left" ".egress .sweep" \
	"$(find "$T_TMP/state" -type f -printf '%f\n' | sort | xargs)"
t_done
