#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An up or a down of a user that is killed, or told "no", at any of its system
# calls: the tap is closed, or it has its rules; and what follows repairs it.
#
# Each of them makes more than a thousand calls.  Of a kind that comes more than
# 48 times (closing what may be open, signals, the bounding set), the first, the
# last and some between are struck; of all others each.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"

# ---- one half in a namespace of its own ---------------------------------------------

# struck CALL N ARG...
struck() {
	k_call=$1
	k_n=$2
	shift 2
	case $job_what-$k_call in
	kill-*) k_what=signal=KILL ;;
	*-sendto | *-sendmsg | *-recvmsg) k_what=error=ENOBUFS ;;
	*-write | *-openat | *-mkdirat | *-fsync) k_what=error=ENOSPC ;;
	*-read | *-close | *-lseek | *-renameat) k_what=error=EIO ;;
	*) k_what=error=ENOMEM ;;
	esac
	strace -u alice -o /dev/null -e "trace=$k_call" \
		-e "inject=$k_call:$k_what:when=$k_n" \
		"$HELPER" "$@" >/dev/null 2>&1 </dev/null
	k_rc=$?
}

is_up() {
	read -r u_flags <"$T_TMP/sys/class/net/al-0/flags"
	[ $((u_flags & 1)) -eq 1 ]
}

has_rules() {
	[ "$(chains al-0)" = 2 ]
}

struck_up() {
	struck "$1" "$2" up al-0
	if is_up; then
		has_rules || wrong="$wrong; open after $1 $2"
		alice down al-0
		[ "$rc" -eq 0 ] || wrong="$wrong; down fails after $1 $2"
	elif [ "$k_rc" -eq 0 ]; then
		wrong="$wrong; status 0 but closed after $1 $2"
	fi
}

struck_down() {
	struck "$1" "$2" down al-0
	if ! is_up; then
		alice down al-0
		[ "$rc" -eq 0 ] || wrong="$wrong; down fails after $1 $2"
		alice up al-0
		[ "$rc" -eq 0 ] || wrong="$wrong; up fails after $1 $2"
	elif [ "$k_rc" -eq 0 ]; then
		wrong="$wrong; status 0 but not down after $1 $2"
	fi
	has_rules || wrong="$wrong; open after $1 $2"
}

# numbers N: which of N calls of a kind are struck
numbers() {
	seq "$1" | awk -v n="$1" 'n <= 48 || NR <= 3 || NR > n - 6 ||
		NR % int(n / 12) == 0'
}

half() {
	su_setup
	su_taps 1
	mkdir "$T_TMP/sys"
	mount -t sysfs sys "$T_TMP/sys"
	alice up al-0
	[ "$job" = down ] || alice down al-0
	strace -u alice -o "$T_TMP/trace" "$HELPER" "$job" al-0 2>/dev/null
	[ "$job" = up ] && alice down al-0 || alice up al-0
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' "$T_TMP/trace" |
		grep -v '^exit_group$\|^execve$' |
		sort | uniq -c >"$T_TMP/calls"
	wrong=
	job_n=0
	while read -r n call; do
		# It has no error, and who asks for one gets another mask.
		[ "$job_what $call" = "error umask" ] && continue
		for i in $(numbers "$n"); do
			"struck_$job" "$call" "$i"
			job_n=$((job_n + 1))
		done
	done <"$T_TMP/calls"
	alice up al-0
	end="$rc $(flags al-0) $(port_of al-0) $(chains al-0)"
	alice down al-0
	echo "$job_n"
	echo "${wrong#; }"
	echo "$end, $rc $(flags al-0) $(port_of al-0) $(chains al-0) $(su_state)"
}

if [ $# -eq 2 ]; then
	job=$1
	job_what=$2
	export TF_NS=1
	t_users
	half
	exit
fi

# ---- both ---------------------------------------------------------------------------

t_ns "$@"
rc=0
t_need_root
t_need strace
if ! strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null; then
	t_skip "killed at any system call" "strace cannot inject here"
	t_done
fi
t_tmp
jobs=
# shellcheck disable=SC2086,SC2154 # a list of words
trap '[ -z "$jobs" ] || kill $jobs; rm -rf "$T_TMP"' EXIT
for i in "up kill" "down kill" "up error" "down error"; do
	# shellcheck disable=SC2086 # two words
	unshare -n -m "$0" $i >"$T_TMP/$i" 2>"$T_TMP/$i-err" </dev/null &
	jobs="$jobs $!"
	case $i in
	up*) continue ;;
	esac
	# shellcheck disable=SC2086
	wait $jobs
	jobs=
done
for i in "up kill" "down kill" "up error" "down error"; do
	{
		read -r n
		read -r wrong
		read -r end
	} <"$T_TMP/$i"
	t_is "$i at each call: closed or filtered ($n struck)" "" "$wrong"
	[ "${n:-0}" -gt 150 ] || t_fail "$i: calls struck" "$n
$(cat "$T_TMP/$i-err")"
	t_is "$i: what follows repairs it" "0 up br0 2, 0 down  0" "${end% }"
done
t_done
