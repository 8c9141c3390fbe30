#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a caller may leave to a setuid program: arguments, descriptors, limits,
# timers, signals, directory, mask, priority.  An up does all of its work or
# nothing, and a down undoes it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
err=''
t_need prlimit nice
su_setup
su_taps 1
hostile=$TF_BUILD/test/privilege/hostile

# works NAME HOW...: an up as alice, with HOW before the helper, and a down
works() {
	w_name=$1
	w_rc=0
	shift
	as "$ALICE" "$@" "$HELPER" up al-0 >"$T_TMP/out" 2>&1 </dev/null ||
		w_rc=$?
	w_up="$w_rc $(flags al-0) $(port_of al-0) $(chains al-0) $(su_state |
		xargs)"
	w_rc=0
	as "$ALICE" "$@" "$HELPER" down al-0 >>"$T_TMP/out" 2>&1 </dev/null ||
		w_rc=$?
	t_is "$w_name: up and down do their work" \
		"0 up br0 2 net/.uid.$ALICE/al-0 net/al-0, 0 down  0 " \
		"$w_up, $w_rc $(flags al-0) $(port_of al-0) $(chains al-0) $(su_state)"
}

# either NAME HOW...: it works, or it says no and changes nothing
either() {
	e_name=$1
	shift
	e_rc=0
	as "$ALICE" "$@" "$HELPER" up al-0 >"$T_TMP/out" 2>&1 </dev/null ||
		e_rc=$?
	e_got="$(flags al-0) $(port_of al-0) $(chains al-0) $(su_state | xargs)"
	case $e_rc in
	0) e_want="up br0 2 net/.uid.$ALICE/al-0 net/al-0" ;;
	*) e_want="down  0 " ;;
	esac
	t_is "$e_name: an up is whole or not at all" "$e_want" "$e_got"
	alice down al-0
	su_loose al-0 || t_fail "$e_name: down" "$err"
}

# raises NAME HOW...: it works where root may raise a limit at all; elsewhere
# the answer is a clean no
raises() {
	if setpriv --dump | grep -q '^Capability bounding.*sys_resource'; then
		works "$@"
	else
		r_name=$1
		shift
		su_same "$r_name: a limit that cannot be raised" 1 \
			as "$ALICE" "$@" "$HELPER" up al-0
	fi
}

works "as ever" env

# 1
su_same "no arguments at all" 2 as "$ALICE" "$hostile" no-args -- "$HELPER"

# 2
closed() {
	w_rc=0
	eval "as $ALICE $HELPER up al-0 $1" || w_rc=$?
	w_up="$w_rc $(flags al-0) $(port_of al-0) $(chains al-0)"
	w_rc=0
	eval "as $ALICE $HELPER down al-0 $1" || w_rc=$?
	t_is "closed: $1" "0 up br0 2, 0 down  0" \
		"$w_up, $w_rc $(flags al-0) $(port_of al-0) $(chains al-0)"
}
for i in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
	closed "$i"
done
as "$ALICE" "$HELPER" up al-1 <&- >&- 2>&-
as "$ALICE" "$HELPER" up al-0 <&- >&- 2>&-
t_false "no message lands in a file of the state directory" \
	grep -raq 'tapfilter-helper:' /run/tapfilter
as "$ALICE" "$HELPER" down al-0 <&- >&- 2>&-

# 3
works "2000 descriptors" "$hostile" fds=2000 --
either "2000 descriptors, 4 allowed" "$hostile" fds=2000 few-fds --

# None of the caller's files stays open in either process.
cp "$TF_BUILD/test/netns/fake_resolve" /usr/libexec/tapfilter/tapfilter-resolve
mkdir -m 777 "$T_TMP/seen"
chmod 755 "$T_TMP"
cat >/usr/libexec/tapfilter/script <<END
ls -l /proc/\$\$/fd >$T_TMP/seen/mine
exit 1
END
as "$ALICE" "$hostile" fds=2000 -- "$HELPER" up al-0 >/dev/null 2>&1 </dev/null
t_is "the resolver inherits no descriptor of the caller's" "" \
	"$(grep -e '-> /dev/zero' -e '-> /$' -e socket: "$T_TMP/seen/mine" ||
		[ -s "$T_TMP/seen/mine" ] || echo "it did not run")"
cp "$TF_BUILD/tapfilter-resolve" /usr/libexec/tapfilter/
su_loose al-0 || t_fail "a resolver that fails" "the tap is not as before"

# 4
full() {
	rc=0
	as "$ALICE" "$HELPER" "$@" >/dev/full 2>&1 </dev/null || rc=$?
}
full --version
t_is "--version to a full device fails" 1 "$rc"
full up al-0
f_up="$rc $(flags al-0) $(chains al-0)"
full down al-0
t_is "messages to a full device" "0 up 2, 0 down 0" \
	"$f_up, $rc $(flags al-0) $(chains al-0)"
su_same "a refusal to a full device" 3 sh -c \
	"setpriv --reuid=$ALICE --regid=$ALICE --clear-groups $HELPER up br0 2>/dev/full"
# Its reader has gone before it starts.
piped() {
	mkfifo "$T_TMP/pipe"
	(exec 3<"$T_TMP/pipe") &
	exec 4>"$T_TMP/pipe"
	wait $!
	rm "$T_TMP/pipe"
	rc=0
	as "$ALICE" "$HELPER" "$@" >&4 2>&1 </dev/null || rc=$?
	exec 4>&-
}
piped up al-9
t_is "a refusal to a closed pipe" 3 "$rc"
piped up al-0
t_is "up with a closed pipe" "0 up 2" "$rc $(flags al-0) $(chains al-0)"
piped down al-0

# 6
for i in 000 077 777; do
	# shellcheck disable=SC2016 # it is the inner shell's
	works "umask $i" sh -c 'umask '$i' && exec "$@"' sh
done
modes() {
	find /run/tapfilter -printf '%y %m %u:%g %f\n' |
		sed 's/net-[0-9]*$/net/; s/tapfilter$/top/' | sort -u
}
rm -rf /run/tapfilter
as "$ALICE" sh -c "umask 000; $HELPER up al-0"
modes >"$T_TMP/modes-0"
as "$ALICE" "$HELPER" down al-0
rm -rf /run/tapfilter
as "$ALICE" sh -c "umask 777; $HELPER up al-0"
modes >"$T_TMP/modes-7"
as "$ALICE" "$HELPER" down al-0
t_is "modes of what it makes do not depend on umask" "" \
	"$(diff "$T_TMP/modes-0" "$T_TMP/modes-7")"
t_is "the state directory is closed to others" "d 2770 root:64801 net
d 2770 root:64801 top" "$(grep '^d .* \(net\|top\)$' "$T_TMP/modes-7" |
	sed 's/:tapfilter /:64801 /')"
t_is "records are not writable by others" "" \
	"$(awk '$1 == "f" && $2 !~ /^6[46]4$|^6[06]0$|^666$/' "$T_TMP/modes-7")"

# 7
mkdir "$T_TMP/gone"
mkdir -m 777 "$T_TMP/gone/parent"
cat >"$T_TMP/gone/in" <<'END'
mkdir -p "$1/here" && cd "$1/here" && rmdir "$1/here"
shift
exec "$@"
END
works "a directory that is gone" sh "$T_TMP/gone/in" "$T_TMP/gone/parent"
cat >"$T_TMP/gone/shut" <<'END'
mkdir -p "$1/here" && chmod 700 "$1/here" && cd "$1/here" && chmod 000 .
shift
exec "$@"
END
works "a directory that cannot be read" sh "$T_TMP/gone/shut" \
	"$T_TMP/gone/parent"

# 8: as alice may set them; what is too small for exec itself ends before it
for i in core fsize nofile nproc stack cpu as data memlock rss sigpending \
	msgqueue locks nice rtprio; do
	for n in 0 1 4096; do
		either "$i limited to $n" prlimit "--$i=$n:$n"
	done
done
raises "no file may have a byte" prlimit --fsize=0:0
raises "no file may be opened" "$hostile" few-fds --
raises "no process" prlimit --nproc=0:0
works "no locked memory" prlimit --memlock=0:0
raises "a second of processor time" prlimit --cpu=1:1
works "as slow as can be" nice -n 19
echo 1000 >/proc/self/oom_score_adj
works "the first to be killed" env
echo 0 >/proc/self/oom_score_adj

# 9, 10, 11
for i in 1 2 4 8 16; do
	either "three timers at $i ms" "$hostile" timers=$i --
done
# They would fire while it waits for the resolver.
cp "$TF_BUILD/test/netns/fake_resolve" /usr/libexec/tapfilter/tapfilter-resolve
cp "$TF_BUILD/tapfilter-resolve" /usr/libexec/tapfilter/real
cat >/usr/libexec/tapfilter/script <<'END'
sleep 1.5
exec /usr/libexec/tapfilter/real "$@"
END
works "three timers at 1 s" "$hostile" timers=1000 --
cp "$TF_BUILD/tapfilter-resolve" /usr/libexec/tapfilter/
works "all signals blocked" "$hostile" block --
works "all signals ignored, that of children too" "$hostile" ignore --
works "all at once" "$hostile" fds=1000 block ignore timers=1000 --

t_is "nothing is left" "down  0 " \
	"$(flags al-0) $(port_of al-0) $(chains al-0) $(su_state)"
t_done
