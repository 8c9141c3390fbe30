# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of what is left when a system call of up, reload or down of tap0 is
# the last one or fails, after up.sh:
#
#   struck_setup          look for what it takes; no test is run without
#   strike STEP WHAT CALL...
#                         for each kind of call run STEP CALL WHAT NUMBER, with 1
#                         and so on until no such call is made.  It calls struck,
#                         and adds to $wrong what is wrong then
#   strike_changes STEP WHAT
#                         the same at the requests to the kernel that change rules
#                         or links, and at the one behind each
#   struck CALL WHAT NUMBER ARG...
#                         run the helper with that call struck.  STRUCK_RC is its
#                         status, STRUCK the call and its number.  WHAT is a signal
#                         or an error of strace(1)

# Used by those that source this
# shellcheck disable=SC2034
STRUCK_RC=0 STRUCK=

struck_setup() {
	t_need strace
	strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null &&
		return
	t_skip "killed at any system call" "strace cannot inject here"
	t_done
}

struck() {
	k_call=$1
	k_what=$2
	k_n=$3
	STRUCK="$1 $3"
	shift 3
	strace -o "$T_TMP/trace" -e "trace=$k_call" \
		-e "inject=$k_call:$k_what:when=$k_n" \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@" \
		>/dev/null 2>&1
	STRUCK_RC=$?
	k_hit=$(grep -c 'INJECTED\|killed by SIGKILL' "$T_TMP/trace")
}

strike() {
	s_step=$1
	s_what=$2
	shift 2
	for call; do
		wrong=
		s_n=0
		k_hit=1
		while [ "$k_hit" -gt 0 ]; do
			s_n=$((s_n + 1))
			"$s_step" "$call" "$s_what" "$s_n"
		done
		[ "$s_n" = 1 ] || t_is "$s_step, $s_what at each of \
$((s_n - 1)) $call" "" "$wrong"
	done
}

strike_changes() {
	wrong=
	"$1" sendto "$2" 9999
	s_n=0
	for s_i in $(awk '{ n++; now = /BATCH_BEGIN|RTM_(NEW|DEL|SET)/ }
		now || before { print n } { before = now }' "$T_TMP/trace"); do
		"$1" sendto "$2" "$s_i"
		s_n=$((s_n + k_hit))
	done
	t_true "$1, $2 at requests that change something" test "$s_n" -gt 0
	t_is "$1, $2 at $s_n of them" "" "$wrong"
}
