#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A restore that is killed at any of its system calls leaves taps as they were,
# closed, or filtered; a replace all with the old rules or all with the new
# ones.  What comes next repairs it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
t_need strace
up_setup
ip tuntap add tap1 mode tap
up_domain tap1 br0 own-mac
bring tap0
bring tap1
if ! strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null; then
	t_skip "killed at any system call" "strace cannot inject here"
	t_done
fi

# Those that change something: between two of them, a kill finds the same
changing="sendto sendmsg openat write fsync renameat unlinkat flock clone close"

# count CALL ARG...: how often the helper makes it, with $T_TMP/input
count() {
	c_call=$1
	shift
	strace -o "$T_TMP/trace" -e "trace=$c_call" \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@" \
		<"$T_TMP/input" >/dev/null 2>&1
	grep -c "^$c_call(" "$T_TMP/trace"
}

# killed CALL N ARG...: at the Nth call
killed() {
	k_call=$1
	k_n=$2
	shift 2
	strace -o /dev/null -e "trace=$k_call" \
		-e "inject=$k_call:signal=KILL:when=$k_n" \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@" \
		<"$T_TMP/input" >/dev/null 2>&1
}

ours() {
	nft -s list ruleset
}

# what TAP: whose rules it has
what() {
	nft list ruleset | sed -n "/chain $1-/,/}/p" |
		sed -n 's/.*comment "\(.*\):[0-9]*"$/\1/p' | sort -u
}

# ---- restore ---------------------------------------------------------------
: >"$T_TMP/input"
before=$(ours)
seen=
at_closed=
for call in $changing; do
	nft flush ruleset
	n=$(count "$call" restore)
	[ "$n" -gt 0 ] || continue
	wrong=
	i=1
	while [ "$i" -le "$n" ]; do
		nft flush ruleset
		killed "$call" "$i" restore
		state="$(what tap0):$(what tap1)"
		case $state in
		: | own-mac:own-mac | closed:closed) ;;
		*) wrong="$wrong; $state after $call $i" ;;
		esac
		[ "$state" != own-mac:own-mac ] || [ "$(ours)" = "$before" ] ||
			wrong="$wrong; not all rules after $call $i"
		[ "$state" != closed:closed ] || at_closed="$call $i"
		case $seen in
		*" $state "*) ;;
		*) seen="$seen $state " ;;
		esac
		helper restore 2>/dev/null
		[ "$(ours)" = "$before" ] ||
			wrong="$wrong; not repaired after $call $i"
		i=$((i + 1))
	done
	t_is "restore, killed at each of $n $call" "" "$wrong"
done
t_is "open, closed and filtered were seen" ": closed:closed own-mac:own-mac" \
	"$(echo "$seen" | xargs -n 1 | sort | xargs)"

# closed: once more to that point
closed() {
	nft flush ruleset
	# shellcheck disable=SC2086
	killed $at_closed restore
}

closed
t_is "closed: a frame of another" shut "$(probe tap0 "$OTHER")"
t_is "closed: its own" shut "$(probe tap0 "$GUEST")"
t_true "closed: up" helper up --no-link tap0
t_is "closed: up: a frame of another" drop "$(probe tap0 "$OTHER")"
t_is "closed: up: its own" pass "$(probe tap0 "$GUEST")"
closed
t_true "closed: reload" helper reload tap0
t_is "closed: reload: its own" pass "$(probe tap0 "$GUEST")"
closed
t_true "closed: gc" helper gc
t_is "closed: gc leaves it" "closed:closed" "$(what tap0):$(what tap1)"
t_true "closed: down" helper down tap1
t_is "closed: down: nothing is left" "0 down" \
	"$(chains tap1) $(flags tap1)"
closed
ip link del tap0
ip tuntap add tap0 mode tap
ip link set tap0 master br0 up
t_is "closed: a later tap of that name is not" pass "$(probe tap0 "$OTHER")"
helper down tap0
bring tap0
bring tap1

# ---- replace ---------------------------------------------------------------
# rules NAME: own MAC, under that name
rules() {
	printf '%s:1 out accept eth.src=%s\n%s:2 out drop\n' "$1" "$GUEST" "$1"
}

input() {
	for i_tap in tap0 tap1; do
		rules "$1" | "$TF_BUILD/test/netns/replace_input" \
			"$T_STATE/$i_tap"
	done >"$T_TMP/input"
}

recorded() {
	grep -ao 'first\|second' "$T_STATE/$1" | sort -u
}

seen=
for call in $changing; do
	input first
	helper replace <"$T_TMP/input"
	input second
	n=$(count "$call" replace)
	[ "$n" -gt 0 ] || continue
	wrong=
	i=1
	while [ "$i" -le "$n" ]; do
		input first
		helper replace <"$T_TMP/input"
		input second
		killed "$call" "$i" replace
		state="$(what tap0):$(what tap1)"
		case $state in
		first:first | second:second) ;;
		*) wrong="$wrong; $state after $call $i" ;;
		esac
		case $seen in
		*" $state "*) ;;
		*) seen="$seen $state " ;;
		esac
		helper restore 2>/dev/null ||
			wrong="$wrong; cannot be restored after $call $i"
		for tap in tap0 tap1; do
			[ "$(what $tap)" = "$(recorded $tap)" ] ||
				wrong="$wrong; $tap not as recorded after $call $i"
		done
		i=$((i + 1))
	done
	t_is "replace, killed at each of $n $call" "" "$wrong"
done
t_is "old and new were seen" "first:first second:second" \
	"$(echo "$seen" | xargs -n 1 | sort | xargs)"
helper down tap0
helper down tap1
t_is "nothing is left" ".egress .index .index-lock .sweep" \
	"$(find "$T_TMP/state" -type f -printf '%f\n' | sort | xargs)"
t_done
