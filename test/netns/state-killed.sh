#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A reload that is killed or told "no" at any of its system calls, while a profile
# comes to ask for states, or no longer does, and so moves from one place to
# another: it is never in none of them, and the next one repairs it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/state.sh"
. "$TF_TOP/test/struck.sh"
t_need unshare
t_ns "$@"
state_setup
struck_setup
show 1
policy >"$T_TMP/asking.xml"
stateless >"$T_TMP/plain.xml"

# asking, plain: does the profile ask for states?
asking() {
	cp "$T_TMP/asking.xml" "$T_TMP/profiles/state.xml"
}
plain() {
	cp "$T_TMP/plain.xml" "$T_TMP/profiles/state.xml"
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
	asking
}
to_states() {
	turned plain asking "$@"
}
from_states() {
	turned asking plain "$@"
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
	asking
}
to_states_refused() {
	refused plain asking netdev "$@"
}
from_states_refused() {
	refused asking plain bridge "$@"
}

for step in to_states from_states; do
	strike $step signal=KILL change fsync renameat clone
done
for step in to_states_refused from_states_refused; do
	strike $step error=EIO change fsync
done
t_false "nothing is left" shared
t_done
