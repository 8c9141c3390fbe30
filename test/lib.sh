# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For shell tests: . "$(dirname "$0")/../lib.sh"
#
#   t_ok NAME            a test passed
#   t_fail NAME REASON   it failed
#   t_skip NAME REASON   it cannot run here; a failure when MUST_WORK=1
#   t_need TOOL...       end the program unless all tools are there
#   t_need_root          the same for being root
#   t_need_tun           the same for /dev/net/tun
#   t_is NAME WANT GOT   two strings are the same
#   t_true NAME CMD...   the command succeeds
#   t_false NAME CMD...  the command fails (with a status, not a signal)
#   t_ns ARG...          run the program again in network and mount namespaces of
#                        its own, if that is not done; see t_users
#   t_users              the two system users exist, in this mount namespace
#   t_tmp                make a directory T_TMP that goes at the end
#   t_done               print the plan and end the program
#
# TF_TOP is the top of the source tree, TF_BUILD the directory of the programs.

T_N=0
T_FAILED=0
T_TMP=

if [ -z "${TF_TOP:-}" ]; then
	TF_TOP=$(cd "$(dirname "$0")" && pwd)
	while [ ! -f "$TF_TOP/test/lib.sh" ] && [ "$TF_TOP" != / ]; do
		TF_TOP=$(dirname "$TF_TOP")
	done
fi
TF_BUILD=${TF_BUILD:-$TF_TOP/build}
case $TF_BUILD in
/*) ;;
*) TF_BUILD=$TF_TOP/$TF_BUILD ;;
esac
export TF_TOP TF_BUILD

t_ok() {
	T_N=$((T_N + 1))
	printf 'ok %d - %s\n' "$T_N" "$1"
}

t_fail() {
	T_N=$((T_N + 1))
	T_FAILED=$((T_FAILED + 1))
	printf 'not ok %d - %s\n' "$T_N" "$1"
	printf '%s\n' "${2:-}" | sed 's/^/#   /'
}

t_skip() {
	if [ "${MUST_WORK:-}" = 1 ]; then
		t_fail "$1" "cannot run here, and MUST_WORK=1: $2"
		return
	fi
	T_N=$((T_N + 1))
	printf 'ok %d - %s # SKIP %s\n' "$T_N" "$1" "$2"
}

t_need() {
	for t_tool; do
		# A sanitizer cannot look for leaks in a traced program and
		# fails it
		[ "$t_tool" != strace ] ||
			export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
		command -v "$t_tool" >/dev/null && continue
		t_skip "$(basename "$0")" "$t_tool is not installed"
		t_done
	done
}

t_need_root() {
	[ "$(id -u)" -eq 0 ] && return
	t_skip "$(basename "$0")" "needs root"
	t_done
}

t_need_tun() {
	[ -c /dev/net/tun ] && return
	t_skip "$(basename "$0")" "there is no /dev/net/tun"
	t_done
}

t_is() {
	if [ "$2" = "$3" ]; then
		t_ok "$1"
	else
		t_fail "$1" "wanted: $2
got:    $3"
	fi
}

t_true() {
	t_name=$1
	shift
	t_rc=0
	t_out=$("$@" 2>&1) || t_rc=$?
	if [ "$t_rc" -eq 0 ]; then
		t_ok "$t_name"
	else
		t_fail "$t_name" "$* ended with status $t_rc
$t_out"
	fi
}

t_false() {
	t_name=$1
	shift
	t_rc=0
	t_out=$("$@" 2>&1) || t_rc=$?
	if [ "$t_rc" -ne 0 ] && [ "$t_rc" -lt 126 ]; then
		t_ok "$t_name"
	else
		t_fail "$t_name" "$* ended with status $t_rc
$t_out"
	fi
}

t_ns() {
	if [ -z "${TF_NS:-}" ]; then
		TF_NS=1 exec unshare -n -m "$0" "$@"
	fi
	# The lock of iptables is there, and names of namespaces
	mount -t tmpfs tests /run || exit 1
	t_users
}

# Numbers that nobody else has.  What is mounted over is never written.
t_users() {
	t_file=$(mktemp) || exit 1
	for t_i in passwd:x:64801:64801::/nonexistent:/usr/sbin/nologin group:x:64801:; do
		{
			grep -v '^tapfilter\(-parse\)\{0,1\}:' "/etc/${t_i%%:*}"
			echo "tapfilter:${t_i#*:}"
			echo "tapfilter-parse:${t_i#*:}" | sed s/64801/64802/g
		} >"$t_file"
		chmod 644 "$t_file"
		mount --bind "$t_file" "/etc/${t_i%%:*}"
		rm "$t_file"
	done
}

t_tmp() {
	T_TMP=$(mktemp -d) || exit 1
	trap 'rm -rf "$T_TMP"' EXIT
	trap 'exit 1' HUP INT TERM
}

t_done() {
	printf '1..%d\n' "$T_N"
	[ "$T_FAILED" -eq 0 ] || exit 1
	exit 0
}
