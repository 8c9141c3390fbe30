#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A tap is made, sent through a socket, and known again by its descriptor.
. "$(dirname "$0")/../lib.sh"
t_need_root
t_need ip unshare
t_ns "$@"
t_tmp
ip link set lo up
ip link add used type bridge
ip tuntap add old mode tap

"$TF_BUILD/test/netns/tap_file" >"$T_TMP/out" 2>"$T_TMP/err"
T_N=$(grep -c '^\(not \)\?ok ' "$T_TMP/out")
# shellcheck disable=SC2034 # t_done looks at it
T_FAILED=$(grep -c '^not ok ' "$T_TMP/out")
grep -v '^1\.\.' "$T_TMP/out"
t_true "it came to its end" grep -q "^1\.\.$T_N$" "$T_TMP/out"

# says MESSAGE: it is among the messages, one a fault
says() {
	t_true "it says: $1" grep -qxF "tap_file: $1" "$T_TMP/err"
}

says 'there is a device "old" already: Device or resource busy'
says 'there is a device "used" already: Device or resource busy'
says 'cannot make the tap "tap9": Operation not permitted'
says 'cannot look at descriptor 900: Bad file descriptor'
t_is "it says: must be a stream socket" 10 "$(grep -c \
	'descriptor [0-9]* must be a stream socket of the AF_UNIX family$' \
	"$T_TMP/err")"
t_is "it says: must be connected" 2 "$(grep -c \
	'descriptor [0-9]* must be a connected socket: ' "$T_TMP/err")"
t_done
