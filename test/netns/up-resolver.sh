#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the helper makes of a tapfilter-resolve that misbehaves: nothing of what
# it says is believed unless all of it is right.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
real=$T_TMP/bin/real
mkdir "$T_TMP/bin"
# Another user runs what is there, and writes to "out".
chmod 755 "$T_TMP" "$T_TMP/bin"
mkdir -m 777 "$T_TMP/out"
cp "$TF_BUILD/tapfilter-resolve" "$real"
cp "$TF_BUILD/tapfilter-helper" "$T_TMP/bin"
cp "$TF_BUILD/test/netns/fake_resolve" "$T_TMP/bin/tapfilter-resolve"
cp "$T_TMP/domains/of-tap0.xml" "$T_TMP/domains/tap0.xml"

# fake NAME MESSAGE SCRIPT: up fails with that message and closes the tap
fake() {
	printf '%s\n' "$3" >"$T_TMP/bin/script"
	ip link set tap0 master br0 up
	f_rc=0
	f_out=$("$T_TMP/bin/tapfilter-helper" --config "$T_TMP/conf" \
		up tap0 2>&1) || f_rc=$?
	t_is "$1: status" 1 "$f_rc"
	case $f_out in
	*"$2"*) t_ok "$1: message" ;;
	*) t_fail "$1: message" "wanted: $2
got:    $f_out" ;;
	esac
	t_is "$1: link, bridge, chains" "down  0" \
		"$(flags tap0) $(port_of tap0) $(chains tap0)"
}

fake "says nothing" "did not answer for tap0" "exit 0"
fake "fails" "" "exit 1"
fake "fails without a word of its own" "ended with status 7" "exit 7"
fake "fails after a good answer" "" "'$real' \"\$@\"; exit 1"
fake "is killed after a good answer" "killed by signal 9" \
	"'$real' \"\$@\"; kill -9 \$\$"
fake "answers with text" "bad record" "echo tap0"
fake "answers with half a record" "bad record" \
	"'$real' \"\$@\" | head -c 100"
fake "answers twice" "did not answer for tap0" \
	"'$real' \"\$@\" >'$T_TMP/out/x'; cat '$T_TMP/out/x' '$T_TMP/out/x'"
fake "adds a byte" "bad record" "'$real' \"\$@\"; printf x"
fake "answers for another tap" "did not answer for tap0" \
	"'$real' \"\$@\" | sed 's/tap0/tap1/'"
fake "answers without end" "larger than" "exec cat /dev/zero"
fake "does not end" "" "exec sleep 1000"
fake "closes its output and does not end" "does not end" \
	"exec >&-; exec sleep 1000"

# What it is given: no environment, no descriptor but those that it is told of
fake "looks around" "" "
	env | grep -v '^PWD=\|^_=\|^SHLVL=\|^OLDPWD=' >'$T_TMP/out/env'
	ls -l /proc/\$\$/fd >'$T_TMP/out/fds'
	while read -r a b; do
		case \$a in SigBlk:|SigIgn:) echo \$b;; esac
	done </proc/\$\$/status >'$T_TMP/out/signals'
	pwd >'$T_TMP/out/pwd'
	exit 1"
t_is "its environment" "" "$(cat "$T_TMP/out/env")"
# The C library ignores two that it keeps for itself: 32 and 33.
t_is "its signals: blocked, ignored" "0000000000000000 0000000000000000" \
	"$(sed 's/180000000$/000000000/' "$T_TMP/out/signals" | xargs)"
t_is "its directory" / "$(cat "$T_TMP/out/pwd")"
t_is "its files" "/dev/null $T_TMP/profiles $T_TMP/domains" \
	"$(sed -n 's/.* \([0-9]*\) -> //p' "$T_TMP/out/fds" |
		grep -v "pipe:\|script$\|fds$" | xargs)"

cp "$real" "$T_TMP/bin/tapfilter-resolve"
t_true "with the real one" "$T_TMP/bin/tapfilter-helper" \
	--config "$T_TMP/conf" up tap0
t_is "with the real one: chains" 2 "$(chains tap0)"

# Standard error is a log that is long already.
sed -i 's/DROP/ACCEPT/' "$T_TMP/profiles/own-mac.xml"
head -c 70000 /dev/zero | tr '\0' '\n' >"$T_TMP/log"
t_true "a word of its own at the end of a log" sh -c \
	"'$T_TMP/bin/tapfilter-helper' --config '$T_TMP/conf' up tap0 \
		2>>'$T_TMP/log'"
t_true "is there" grep -q "^note: .*this ACCEPT filters nothing" "$T_TMP/log"
t_done
