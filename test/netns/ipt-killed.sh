#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With rules in ebtables and in iptables: a reload by which profiles move from one
# to the other is killed, or told "no", at a system call, or the programs of
# ebtables fail.  The tap is closed, or has no less than the rules of before or
# those of after; and the next command repairs it.
. "$(dirname "$0")/../lib.sh"
export TF_PLACES=xtables-state
. "$TF_TOP/test/tap.sh"
. "$TF_TOP/test/struck.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge iptables-legacy ip6tables-legacy ebtables
t_need_root
t_tmp
struck_setup
ipt_bridge 3
ipt_conf xtables
ipt_entries | ipt_profile state
{
	ipt_entry ACCEPT incoming new tcp 23
	ipt_entries
} | ipt_profile telnet
ipt_entry DROP incoming '' udp 99 | ipt_profile no-99
# ebtables does not look at ports of IPv6
ipt_entry DROP incoming '' tcp 23 6 | ipt_profile no-telnet6

# old, new: what the domain of tap1 says
old() {
	ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing state
}
new() {
	ipt_domain 1 br0 no-mac-spoofing no-ip-spoofing no-99 telnet no-telnet6
}

# rules: all that tap1 has
rules() {
	tables
	ebtables-save | sed '/^#/d'
}

closed() {
	[ -z "$(ip link show tap1 up)" ] || ! ip link show tap1 | grep -q master
}

# What neither the old nor the new rules let pass
safe() {
	closed && return
	unlock
	"$TEST_BIN/conn_wire" >"$T_TMP/got" 2>&1 <<'END'
2>1 tcp 2.3000 1.80 S drop
2>1 tcp 2.80 1.3001 A drop
1>2 udp 3.3000 2.53 drop
END
	[ "$(sort -u "$T_TMP/got")" = "drop drop " ]
}

is() {
	cmp -s "$T_TMP/now" "$T_TMP/is-$1"
}

# changed CALL WHAT N: one strike; what is wrong is added to $wrong
changed() {
	old
	helper up tap1
	new
	struck "$1" "$2" "$3" reload tap1
	rules >"$T_TMP/now"
	case $2 in
	error=*)
		[ "$STRUCK_RC" -ne 0 ] || is new || wrong="$wrong; done but not new at $3"
		[ "$STRUCK_RC" -eq 0 ] || is old || wrong="$wrong; not as before at $3"
		;;
	esac
	is old || is new || safe || wrong="$wrong; open at $3"
	helper reload tap1 || wrong="$wrong; reload does not repair $3"
	rules >"$T_TMP/now"
	is new || wrong="$wrong; not repaired at $3"
	helper down tap1
	old
}

new
helper up tap1
rules >"$T_TMP/is-new"
helper down tap1
old
helper up tap1
rules >"$T_TMP/is-old"
t_is "in both places" "ebtables ebtables iptables" "$(tf compile tap1 2>/dev/null |
	sed -n '/^# profile/s/.*(\([^)]*\)).*/\1/p' | xargs)"
t_true "rules that differ in both" sh -c "
	! diff '$T_TMP/is-old' '$T_TMP/is-new' >'$T_TMP/diff' &&
	grep -q tapf- '$T_TMP/diff' && grep -q tf-tap1 '$T_TMP/diff'"
helper down tap1

strike changed signal=KILL change setsockopt write renameat
strike changed signal=KILL sendmsg
strike changed error=EIO change setsockopt getsockopt write renameat
strike changed error=EIO sendmsg

# ---- the programs of ebtables fail -----------------------------------------------
# All of them are one file, which this stands for; /run/real has them.
mkdir /run/real
for i in ebtables-save ebtables-restore; do
	ln "$(readlink -f /usr/sbin/$i)" /run/real/$i 2>/dev/null ||
		cp "$(readlink -f /usr/sbin/$i)" /run/real/$i
done
cat >/run/real/instead <<'END'
#!/bin/sh
. /run/real/plan
case $0 in
*"$which")
	echo >>/run/real/count
	n=$(wc -l </run/real/count)
	[ "$n" -lt "$from" ] || [ "$n" -gt "$to" ] || eval "$what"
	;;
esac
exec /run/real/${0##*/} "$@"
END
chmod 755 /run/real/instead
touch /run/real/count
chmod 666 /run/real/count

# bad WHICH FROM TO WHAT COMMAND: those runs of the program go wrong
bad() {
	echo "which=$1 from=$2 to=$3 what='$4'" >/run/real/plan
	: >/run/real/count
	mount --bind /run/real/instead /usr/sbin/ebtables-save
	rc=0
	helper "$5" tap1 >/dev/null 2>&1 || rc=$?
	umount /usr/sbin/ebtables-save
	rules >"$T_TMP/now"
}

# All of its runs from each on, and each alone
for which in restore save; do
	for what in "exit 1" "exit 0" "kill -9 \$\$"; do
		wrong="" refused=0
		for from in 1 2 3; do
			helper up tap1
			new
			bad "$which" $from 99 "$what" reload
			[ "$rc" -eq 0 ] || refused=$((refused + 1))
			[ "$rc" -ne 0 ] || is new ||
				wrong="$wrong; done but not new from $from"
			is old || is new || safe ||
				wrong="$wrong; open from $from"
			helper reload tap1 || wrong="$wrong; not repaired $from"
			rules >"$T_TMP/now"
			is new || wrong="$wrong; not new after $from"
			helper down tap1
			old
			bad "$which" $from 99 "$what" up
			[ "$rc" -ne 0 ] || is old ||
				wrong="$wrong; up: done without rules from $from"
			[ "$rc" -eq 0 ] || safe ||
				wrong="$wrong; up: open from $from"
			helper down tap1
		done
		[ "$refused" -gt 0 ] || wrong="$wrong; nothing went wrong"
		t_is "ebtables-$which: $what" "" "$wrong"
	done
	wrong=""
	for from in 1 2 3; do
		bad "$which" $from $from "exit 1" up
		[ "$rc" -ne 0 ] || is old ||
			wrong="$wrong; done without rules at $from"
		[ "$rc" -eq 0 ] || safe || wrong="$wrong; open at $from"
		helper down tap1
	done
	t_is "ebtables-$which: once" "" "$wrong"
done
t_done
