#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every conf/NAME.conf gives the settings in conf/NAME.out, or the message in
# conf/NAME.err and no success.  TF_UPDATE=1 writes the .out files anew.
. "$(dirname "$0")/../lib.sh"
dump=$TF_BUILD/test/golden/conf_dump
t_tmp
cd "$TF_TOP/test/golden/conf" || exit 1

# check NAME FILE: FILE against NAME.out or NAME.err
check() {
	rc=0
	"$dump" "$2" >"$T_TMP/out" 2>"$T_TMP/err" || rc=$?
	if [ -f "$1.err" ]; then
		t_is "$1: status" 1 "$rc"
		t_is "$1: message" "$(cat "$1.err")" "$(cat "$T_TMP/err")"
	else
		[ "${TF_UPDATE:-}" != 1 ] || cp "$T_TMP/out" "$1.out"
		t_is "$1: status" 0 "$rc"
		t_is "$1: settings" "$(cat "$1.out")" \
			"$(cat "$T_TMP/out" "$T_TMP/err")"
	fi
}

for f in *.conf; do
	check "${f%.conf}" "$f"
done

# The shipped file says the defaults, and shows sections.
t_is "the shipped file: settings" "$(cat empty.out)" \
	"$("$dump" "$TF_TOP/conf/tapfilter.conf" 2>&1)"
sed 's/^#\([a-z-]* =\)/\1/; s/^#\[/[/' "$TF_TOP/conf/tapfilter.conf" \
	>"$T_TMP/shipped"
t_is "the shipped file with every comment sign taken away: settings" \
	"$(cat empty.out)
acl alice-lab uid 1000 op up down reload domain lab-web,lab-db tap al-# bridge br-lab max-active 4 owner
deny management op up down reload bridge bridge br-mgmt" \
	"$("$dump" "$T_TMP/shipped" 2>&1 | sed 's/ line [0-9]*//')"

# What no file in the tree can be
cd "$T_TMP" || exit 1
mkdir directory
mkfifo fifo
awk 'BEGIN { for (i = 0; i < 32769; i++) print "#" }' >large
awk 'BEGIN { for (i = 0; i < 32768; i++) print "#" }' >full
t_is "a directory" "directory: not a regular file" "$("$dump" directory 2>&1)"
t_is "a FIFO" "fifo: not a regular file" "$("$dump" fifo 2>&1)"
t_is "no file" \
	"conf_dump: there is no configuration missing: an empty file has all defaults" \
	"$("$dump" missing 2>&1)"
t_is "a file of 64 KiB and a bit" "conf_dump: large: larger than 65536 bytes" \
	"$("$dump" large 2>&1)"
t_true "a file of 64 KiB" "$dump" full
t_false "an error of read()" "$dump" /proc/self/mem
t_done
