#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An up, reload or down with a profile that asks for states, in two places
# then, that is killed or told "no" at any of its system calls: the tap is as
# before, filtered, or closed, and the next one repairs it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/state.sh"
. "$TF_TOP/test/struck.sh"
t_need unshare
t_ns "$@"
state_setup
struck_setup
show 1
policy >"$T_TMP/with.xml"
stateless >"$T_TMP/without.xml"

# with, without: what the profile says of states
with() {
	cp "$T_TMP/with.xml" "$T_TMP/profiles/state.xml"
}
without() {
	cp "$T_TMP/without.xml" "$T_TMP/profiles/state.xml"
}
# places: where the rules of "state" are, all of a place or none
places() {
	sed -n '/^table netdev/,/^}/p' "$T_TMP/rules" |
		grep -c 'comment "state:' | sed 's/^0$//; s/[1-9].*/netdev/'
	sed -n '/^table bridge/,/^}/p' "$T_TMP/rules" |
		grep -c 'goto tap0-' | sed 's/^0$//; s/^2$/bridge/'
}
# pinned_and WORD...: the rules of the other profiles are there, and these
pinned_and() {
	nft list ruleset >"$T_TMP/rules"
	[ "$(sed -n '/^table netdev/,/^}/p' "$T_TMP/rules" |
		grep -c 'chain tap0-[a-z]* ')" = 2 ] &&
		[ "$(places | xargs)" = "$*" ]
}
# shared: what taps share is there
shared() {
	nft list tables | grep -q tapfilter-state
}
# bad WHAT: it is wrong after this call
bad() {
	wrong="$wrong; $1 after $STRUCK"
}
right() {
	if ! tapfilter verify tap0 >/dev/null || [ "$(port_of tap0)" != br0 ]; then
		bad "not repaired"
	fi
}

first() {
	struck "$1" "$2" "$3" up tap0
	[ "$(flags tap0)" = down ] || pinned_and bridge || bad open
	[ "$STRUCK_RC" -ne 0 ] || pinned_and bridge || bad "status 0"
	helper up tap0 || bad "up fails"
	right
	helper down tap0
}
again() {
	helper up tap0
	struck "$1" "$2" "$3" up tap0
	pinned_and bridge || bad "not as before"
	helper up tap0 || bad "up fails"
	right
	helper down tap0 || bad "down fails"
}
down() {
	helper up tap0
	struck "$1" "$2" "$3" down tap0
	[ "$(flags tap0)" = down ] || pinned_and bridge || bad open
	helper down tap0 || bad "down fails"
	! shared || bad "something is left"
}
# turned FROM TO CALL WHAT N: the union of both on the way from one to the other
turned() {
	"$1"
	helper up tap0
	"$2"
	struck "$3" "$4" "$5" reload tap0
	pinned_and netdev || pinned_and bridge || pinned_and netdev bridge ||
		bad open
	[ "$(flags tap0)" = up ] || bad closed
	helper reload tap0 || bad "reload fails"
	right
	helper down tap0 || bad "down fails"
	! shared || bad "something is left"
	with
}
to_states() {
	turned without with "$@"
}
from_states() {
	turned with without "$@"
}
# refused FROM TO PLACE CALL WHAT N: all is as before then
refused() {
	"$1"
	helper up tap0
	"$2"
	struck "$4" "$5" "$6" reload tap0
	if [ "$STRUCK_RC" != 0 ]; then
		pinned_and "$3" || bad "not as before"
		"$1"
	fi
	right
	helper down tap0 || bad "down fails"
	with
}
to_states_refused() {
	refused without with netdev "$@"
}
from_states_refused() {
	refused with without bridge "$@"
}

for step in first again down to_states from_states; do
	strike_changes "$step" signal=KILL
	strike "$step" signal=KILL fsync renameat clone
done
strike_changes first error=ENOMEM
for step in to_states_refused from_states_refused; do
	strike_changes "$step" error=EIO
	strike "$step" error=EIO fsync
done
t_false "nothing is left" shared
t_done
