#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An update that is killed, or told "no", at any of its system calls: the file is
# the old one or the new one, every tap has all of the old rules or all of the
# new ones, and the next command clears up.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/pool.sh"
t_ns "$@"
t_need strace
if ! strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null; then
	t_skip "killed at any system call" "strace cannot inject here"
	t_done
fi
pool_setup
rm "$SHIPPED"/*.xml # each one more to look at
old=$T_TMP/old.xml
new=$T_TMP/new.xml
sed 's/own-mac/mine/' "$OWN/own-mac.xml" >"$old"
sed "s/THIS_MAC/$OTHER/" "$old" >"$new"
tf create "$old" || t_fail "create" "failed"
ip tuntap add tap1 mode tap
for i in 0 1; do
	up_domain "tap$i" br0 mine
	bring "tap$i" || t_fail "up tap$i" "failed"
done

# rules TAP: all that the kernel has
rules() {
	nft list ruleset | sed -n "/chain $1-/,/}/p" |
		sed 's/counter packets [0-9]* bytes [0-9]*/counter/;
			s/ifindex [0-9]*//;s/digest [0-9a-f]*//'
}

# Both sets of rules, as the helper installs them
for i in new old; do
	tf update "$T_TMP/$i.xml" >"$T_TMP/out" || t_fail "update" "failed"
	for k in 0 1; do
		rules "tap$k" >"$T_TMP/$i.tap$k"
	done
done
t_false "one can be told from the other" \
	cmp "$T_TMP/old.tap0" "$T_TMP/new.tap0"

# The helper, once it has all of its input, does not end with who called it.
helper_ended() {
	while pgrep -f "^[^ ]*tapfilter-helper --config $T_TMP/conf replace" \
		>/dev/null; do
		sleep 0.01
	done
}

# which FILE: is it like "old" or "new"; else "neither"
which() {
	for w_i in old new; do
		cmp -s "$1" "$T_TMP/$w_i.$2" && echo "$w_i" && return
	done
	echo neither
}

# stands: what the file and the two taps have
stands() {
	helper_ended
	for s_i in 0 1; do
		rules "tap$s_i" >"$T_TMP/now.tap$s_i"
	done
	echo "$(which "$OWN/mine.xml" xml) $(which "$T_TMP/now.tap0" tap0)" \
		"$(which "$T_TMP/now.tap1" tap1)"
}

# calls CALL: how often an update makes it
calls() {
	strace -o "$T_TMP/trace" -e "trace=$1" "$TF_BUILD/tapfilter" \
		--config "$T_TMP/conf" update "$new" >"$T_TMP/out" 2>&1
	tf update "$old" >"$T_TMP/out"
	grep -c "^$1(" "$T_TMP/trace"
}

# struck CALL WHAT N: an update with the Nth call struck
struck() {
	strace -o /dev/null -e "trace=$1" -e "inject=$1:$2:when=$3" \
		"$TF_BUILD/tapfilter" --config "$T_TMP/conf" update "$new" \
		>"$T_TMP/out" 2>&1
	k_rc=$?
}

killed() {
	struck "$1" "signal=KILL" "$2"
	k_now=$(stands)
	case $k_now in
	"old old old" | "new old old" | "new new new") ;;
	*) wrong="$wrong; $k_now after $1 $2" ;;
	esac
	t_rest=$(tf update "$new" 2>&1) ||
		wrong="$wrong; the next one fails after $1 $2: $t_rest"
	[ "$(stands)" = "new new new" ] ||
		wrong="$wrong; not mended after $1 $2: $(stands)"
}

refused() {
	struck "$1" "error=$3" "$2"
	k_now=$(stands)
	grep -q "writing the output" "$T_TMP/out" && k_rc=0 # it is done by then
	case "$k_rc $k_now" in
	"0 new new new" | "1 old old old") ;;
	*) wrong="$wrong; status $k_rc and $k_now after $1 $2: $(
		cat "$T_TMP/out")" ;;
	esac
}

# As refused, and nobody reads any more what it says of that
unread() {
	exec 3<>"$T_TMP/pipe" 4>"$T_TMP/pipe" 3<&-
	strace -o /dev/null -e "trace=$1" -e "inject=$1:error=$3:when=$2" \
		"$TF_BUILD/tapfilter" --config "$T_TMP/conf" update "$new" \
		>&4 2>&4
	exec 4>&-
	k_now=$(stands)
	case $k_now in
	"old old old" | "new new new") ;;
	*) wrong="$wrong; $k_now after $1 $2" ;;
	esac
}

# strike STEP CALL [ERROR]
strike() {
	n=$(calls "$2")
	[ "$n" -gt 0 ] || return 0
	wrong=
	i=1
	while [ "$i" -le "$n" ]; do
		"$1" "$2" "$i" "${3:-}"
		tf update "$old" >"$T_TMP/out" 2>&1
		[ "$(stands)" = "old old old" ] ||
			wrong="$wrong; no way back after $2 $i: $(stands)"
		i=$((i + 1))
	done
	t_is "$1${3:+ ($3)} at each of $n $2" "" "$wrong"
	t_is "nothing is left after that" "mine.xml own-mac.xml" \
		"$(find "$OWN" -mindepth 1 -printf '%f\n' | sort | xargs)"
}

for call in mkdirat linkat renameat fsync unlinkat write flock clone clone3 \
	vfork fork; do
	strike killed "$call"
done
for call in mkdirat linkat renameat fsync; do
	strike refused "$call" EIO
done
strike refused write ENOSPC
strike refused memfd_create ENOMEM
strike refused fchmod EPERM
mkfifo "$T_TMP/pipe"
strike unread memfd_create ENOMEM
t_done
