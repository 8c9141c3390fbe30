#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many commands at a time, for the same tap and for others
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
taps="tap0 tap1 tap2 tap3 tap4 tap5 tap6 tap7"
for tap in $taps; do
	[ "$tap" = tap0 ] || ip tuntap add "$tap" mode tap
	up_domain "$tap" br0 own-mac
done

# together COMMAND...: all at once; the number of those that failed
together() {
	g_pids=
	for g_i; do
		# shellcheck disable=SC2086
		helper $g_i 2>>"$T_TMP/err" &
		g_pids="$g_pids $!"
	done
	g_failed=0
	for g_i in $g_pids; do
		wait "$g_i" || g_failed=$((g_failed + 1))
	done
	echo "$g_failed"
}

# all WORDS: "chains link bridge" of every tap is WORDS
all() {
	for tap in $taps; do
		[ "$(chains "$tap") $(flags "$tap") $(port_of "$tap")" = "$1" ] ||
			echo "$tap"
	done
}

ups=
downs=
for tap in $taps; do
	ups="$ups 'up $tap'"
	downs="$downs 'down $tap'"
done
# The index is made by one of them, while the others wait.
t_is "eight taps come up together" 0 "$(eval "together $ups")"
t_is "all are filtered" "" "$(all "2 up br0")"
t_is "and are replaced together" 0 "$(eval "together $ups 'reload'")"
t_is "all are filtered" "" "$(all "2 up br0")"
t_is "and go down together" 0 "$(eval "together $downs")"
t_is "all are closed" "" "$(all "0 down ")"

t_is "six ups of one tap" 0 "$(together "up tap0" "up tap0" "up tap0" \
	"up tap0" "up tap0" "up tap0")"
t_is "it is filtered" drop "$(probe tap0 "$OTHER")"
for i in 1 2 3; do
	t_is "ups and downs of one tap, round $i" 0 "$(together "up tap0" \
		"down tap0" "up tap0" "down tap0" "up tap0" "down tap0")"
	case "$(flags tap0) $(chains tap0)" in
	"up 2" | "down 0") t_ok "round $i: filtered or closed" ;;
	*) t_fail "round $i: filtered or closed" \
		"$(flags tap0) $(chains tap0)" ;;
	esac
done
t_true "up" helper up tap0
t_is "it is filtered" drop "$(probe tap0 "$OTHER")"
t_true "down" helper down tap0
t_is "no complaints" "" "$(cat "$T_TMP/err")"
t_is "nothing is left but the index" ".egress .index .index-lock .sweep" \
	"$(find "$T_TMP/state" -type f -printf '%f\n' | sort | xargs)"
t_done
