# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of what is left when a system call of the helper is the last one or
# fails, after up.sh:
#
#   struck_setup          look for what it takes; no test is run without
#   strike STEP WHAT CALL...
#                         for each kind of call run STEP CALL WHAT NUMBER, with the
#                         numbers of those that are made when nothing is struck.
#                         It calls struck, and adds to $wrong what is wrong then.
#                         "change" is a sendto that asks for a change of rules or
#                         links, or the one behind such
#   strike_some N STEP WHAT CALL...
#                         only every Nth of these
#   struck CALL WHAT NUMBER ARG...
#                         run the helper with that call struck.  STRUCK_RC is its
#                         status, STRUCK the call and its number.  WHAT is a signal
#                         or an error of strace(1).  A call that only the programs
#                         of ebtables make is struck in each of them
#   forged TAP            what becomes of frames that its rules must drop: "drop"
#                         when all are, and the honest ones pass; see tap_probe

# Used by those that source this
# shellcheck disable=SC2034
STRUCK_RC=0 STRUCK=

struck_setup() {
	t_need strace flock
	strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null &&
		return
	t_skip "killed at any system call" "strace cannot inject here"
	t_done
}

struck() {
	k_call=$(echo "$1" | sed 's/change/sendto/')
	k_what=$2
	k_n=$3
	k_follow=
	case $1 in
	sendmsg* | memfd_create*) k_follow=-f ;;
	esac
	STRUCK="$1 $3"
	shift 3
	strace $k_follow -o "$T_TMP/trace" -e "trace=$k_call" \
		-e "inject=$k_call:$k_what:when=$k_n" \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@" \
		>/dev/null 2>&1
	STRUCK_RC=$?
	k_hit=$(grep -c 'INJECTED\|killed by SIGKILL' "$T_TMP/trace")
	# Its child ends what it was asked for under this lock
	! with xtables || flock /run/xtables.lock true
}

# numbers N CALL: which of those in $T_TMP/calls are struck.  ebtables is asked in
# another way than the kernel.
numbers() {
	awk -v call="$2" '
		{ pid = $1 ~ /^[0-9]+$/ ? $1 : ""; sub(/^[0-9]+ +/, "") }
		call == "change" && /^sendto/ {
			n[pid]++
			now = /BATCH_BEGIN|RTM_(NEW|DEL|SET)|MSG_NOSIGNAL/
			if (now || before) print n[pid]
			before = now
		}
		index($0, call "(") == 1 && ++n[pid] > max { print ++max }
	' "$T_TMP/calls" | awk -v every="$1" 'NR % every == 1 % every'
}

strike() {
	strike_some 1 "$@"
}

# theirs CALL: does a sanitizer make such calls, before the helper begins?  If its
# options cannot be read it looks for leaks in a traced program, and fails it.
theirs() {
	case $1 in
	read) grep -q __asan_init "$TF_BUILD/tapfilter-helper" ;;
	*) false ;;
	esac
}

strike_some() {
	s_every=$1
	s_step=$2
	s_what=$3
	shift 3
	wrong=
	"$s_step" "$(echo "$*" | tr ' ' ,)" "$s_what" 9999
	mv "$T_TMP/trace" "$T_TMP/calls"
	for s_call; do
		! theirs "$s_call" || continue
		s_made=0
		s_hits=0
		for s_n in $(numbers "$s_every" "$s_call"); do
			"$s_step" "$s_call" "$s_what" "$s_n"
			s_made=1
			s_hits=$((s_hits + k_hit))
		done
		[ "$s_hits" -ge $s_made ] || wrong="$wrong; none was struck"
		[ $s_made = 0 ] || t_is "$s_step, $s_what at $s_hits of \
$s_call" "" "$wrong"
		wrong=
	done
}

# A locked port drops them itself: only rules are asked.
forged() {
	bridge link set dev "$1" locked off
	{
		probe "$1" "$OTHER"
		! with ingress ||
			"$TF_BUILD/test/netns/tap_hear" "$1" p1 52:54:00:00:99:99
		! with state ||
			"$TF_BUILD/test/netns/tap_hear" "$1" p1 "$OTHER" ipv4
	} | sort -u | xargs
}
