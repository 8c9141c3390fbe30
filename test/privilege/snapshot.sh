#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What both programs are when all privileges are dropped, from the kernel's own
# account: equal to snapshot.golden for each way to be started.  And what comes
# of it: nobody gets at them, and a kernel that only says it dropped something
# is not believed.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
t_need strace setpriv
su_setup
su_taps 1
golden=$TF_TOP/test/privilege/snapshot.golden

# ---- the snapshot -------------------------------------------------------------------

# resolver_stops: it has; the helper goes on
resolver_stops() {
	resolver=
	for pid in $(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP ---$/\1/p' \
		"$T_TMP/trace"); do
		case $(readlink "/proc/$pid/exe") in
		*/tapfilter-resolve) resolver=$pid ;;
		*) kill -CONT "$pid" 2>/dev/null ;;
		esac
	done
	[ -n "$resolver" ]
}

ended() {
	resolver_stops
	! kill -0 "$strace" 2>/dev/null
}

status_is() {
	grep -q "^$2:.*$3" "/proc/$1/status" 2>/dev/null
}

# peer UID COMMAND...: as that user with the one capability of the helper
peer() {
	p_uid=$1
	shift
	if [ "$p_uid" = 0 ]; then
		setpriv --bounding-set=-all,+net_admin --inh-caps=-all "$@"
	else
		setpriv --reuid="$p_uid" --regid="$p_uid" --clear-groups \
			--inh-caps=-all,+net_admin --ambient-caps=+net_admin "$@"
	fi
}

# account PID: what it is.  The C library lets nobody change signals 32 and 33:
# whether they are ignored is the caller's.
account() {
	sed -n 's/[[:space:]]\{1,\}/ /g
		/^\(Uid\|Gid\|Groups\|NoNewPrivs\|Seccomp\|Umask\|Sig[BIC]\|Cap\)/p' \
		"/proc/$1/status" |
		sed 's/ $//;s/^SigIgn: 000000018/SigIgn: 000000000/'
	sed -n 's/  */ /g
		/^Max \(cpu\|file size\|data\|stack\|core\|processes\|open\|address\)/p' \
		"/proc/$1/limits" | sed 's/ $//'
	echo "directory $(readlink "/proc/$1/cwd")"
	# A process of the same ids and capabilities can look in, unless:
	a_uid=$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$1/status")
	peer "$a_uid" cat "/proc/$1/environ" >/dev/null 2>&1 &&
		echo "dumpable" || echo "not dumpable"
}

# take NAME COMMAND...: run an up, stop it when the resolver has written its
# answer, look at both, let it go on
take() {
	t_what=$1
	shift
	: >"$T_TMP/trace"
	strace -f -o "$T_TMP/trace" -e trace=write \
		-e inject=write:signal=STOP:when=1 \
		"$@" "$HELPER" up al-0 >"$T_TMP/out" 2>&1 </dev/null &
	strace=$!
	su_kill_later "$strace"
	su_wait "$t_what: the resolver stops" resolver_stops || return
	helper=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$resolver/status")
	su_wait "$t_what: the helper has its filter" \
		status_is "$helper" Seccomp 2 || return
	{
		echo "== $t_what: tapfilter-helper"
		account "$helper"
		echo "== $t_what: tapfilter-resolve"
		account "$resolver"
	} >>"$T_TMP/snapshot"
	kill -CONT "$resolver"
	su_wait "$t_what: the helper ends" ended
	rc=0
	wait "$strace" || rc=$?
	t_is "$t_what: it does its work all the same" "0 up br0 2" \
		"$rc $(flags al-0) $(port_of al-0) $(chains al-0)"
	"$HELPER" down al-0
}

setpriv --reuid=64801 --regid=64801 --clear-groups --inh-caps=-all \
	sleep 60 </dev/null >/dev/null 2>&1 &
su_kill_later $!
su_wait "a process to compare with" grep -q sleep "/proc/$!/comm"
t_is "a plain process is taken for one that can be looked into" "dumpable" \
	"$(account $! | tail -n 1)"
take "setuid" -u alice
take "root" env
# libvirt without the right to change ids; files are still open to uid 0
take "reduced" setpriv --bounding-set=-all,+net_admin --inh-caps=-all
take "all but setuid" setpriv --bounding-set=-setuid --inh-caps=-all

sed -i 's/64801/HELPER/g; s/64802/PARSER/g' "$T_TMP/snapshot"
# As found, and it is not the same on every machine.
sed -i '/^== all but setuid/,$s/^CapBnd: .*/CapBnd: AS FOUND/' "$T_TMP/snapshot"
if [ "${TF_WRITE_GOLDEN:-}" = 1 ]; then
	cp "$T_TMP/snapshot" "$golden"
fi
# part FILE: that of $i and $j
part() {
	awk -v want="== $i: tapfilter-$j" '/^==/ { on = $0 == want } on' "$1"
}
for i in "setuid" "root" "reduced" "all but setuid"; do
	for j in helper resolve; do
		t_is "$i: tapfilter-$j" "$(part "$golden")" \
			"$(part "$T_TMP/snapshot")"
	done
done

# ---- nobody gets at it ---------------------------------------------------------------

# The helper waits for a resolver that waits for us.
cp "$TF_BUILD/test/netns/fake_resolve" /usr/libexec/tapfilter/tapfilter-resolve
mkdir -m 777 "$T_TMP/meet"
mkfifo -m 666 "$T_TMP/meet/go"
chmod 755 "$T_TMP"
cat >/usr/libexec/tapfilter/script <<END
echo \$PPID >$T_TMP/meet/new
mv $T_TMP/meet/new $T_TMP/meet/helper
read -r line <$T_TMP/meet/go
exit 1
END
as "$ALICE" "$HELPER" up al-0 >"$T_TMP/out" 2>&1 </dev/null &
job=$!
su_wait "the helper waits" test -f "$T_TMP/meet/helper"
read -r helper <"$T_TMP/meet/helper"
su_wait "the helper has its filter" status_is "$helper" Seccomp 2

for i in "$ALICE" "$BOB"; do
	for j in mem environ maps auxv stack syscall; do
		t_false "uid $i cannot read its $j" \
			as "$i" head -c 1 "/proc/$helper/$j"
	done
	t_false "uid $i cannot see its files" as "$i" ls "/proc/$helper/fd/"
	t_false "uid $i cannot trace it" \
		as "$i" strace -o /dev/null -p "$helper"
	for j in STOP TSTP ALRM CHLD KILL; do
		t_false "uid $i cannot send it SIG$j" \
			as "$i" sh -c "kill -$j $helper"
	done
done
for j in mem environ maps; do
	t_false "its own user cannot read its $j" \
		peer 64801 head -c 1 "/proc/$helper/$j"
done
t_false "its own user cannot trace it" \
	peer 64801 strace -o /dev/null -p "$helper"
echo go >"$T_TMP/meet/go"
rc=0
wait "$job" || rc=$?
t_is "it ends as its resolver does" "3 down  0" \
	"$rc $(flags al-0) $(port_of al-0) $(chains al-0)"
cp "$TF_BUILD/tapfilter-resolve" /usr/libexec/tapfilter/

# ---- a kernel that says no, or only says yes -----------------------------------------

# told CALL:WHAT [-u USER]: nothing happens when that is the answer
reduced=
told() {
	t_inject=$1
	shift
	su_world >"$T_TMP/world"
	rc=0
	# shellcheck disable=SC2086 # a list of words
	$reduced strace -o /dev/null -e "trace=${t_inject%%:*}" -e "inject=$t_inject" \
		"$@" "$HELPER" up al-0 >"$T_TMP/out" 2>&1 </dev/null || rc=$?
	[ "$rc" -ne 0 ] || rc="0 and goes on"
	t_is "$t_inject${2:+, $2}${reduced:+, reduced}: refused" "$rc " \
		"${rc% and*} $(su_world | diff "$T_TMP/world" -)"
}
for i in setgroups setresgid setresuid capset; do
	told "$i:error=EPERM" -u alice
	told "$i:retval=0" -u alice
	[ "$i" = setgroups ] || told "$i:retval=0"
done
reduced="setpriv --bounding-set=-setuid --inh-caps=-all"
told capset:retval=0
reduced="setpriv --bounding-set=-all,+net_admin --inh-caps=-all"
# Which of the calls of prctl() are these?
strace -u alice -o "$T_TMP/trace" -e trace=prctl "$HELPER" up al-0 2>/dev/null
"$HELPER" down al-0
for i in NO_NEW_PRIVS DUMPABLE SECCOMP; do
	for j in $(grep -n "PR_SET_$i" "$T_TMP/trace" | cut -d: -f1); do
		told "prctl:error=EINVAL:when=$j" -u alice
	done
done
told "prctl:retval=0:when=$(grep -n "PR_SET_NO_NEW_PRIVS" "$T_TMP/trace" |
	cut -d: -f1 | head -n 1)" -u alice
told landlock_create_ruleset:error=EOPNOTSUPP
reduced=
told landlock_restrict_self:error=EPERM
told landlock_restrict_self:error=EPERM -u alice
rc=0
strace -u alice -o /dev/null -e trace=landlock_create_ruleset \
	-e inject=landlock_create_ruleset:error=EOPNOTSUPP "$HELPER" up al-0 \
	>"$T_TMP/out" 2>&1 </dev/null || rc=$?
t_is "a kernel without Landlock will do where ids change" "0 up 2" \
	"$rc $(flags al-0) $(chains al-0)"
"$HELPER" down al-0
t_done
