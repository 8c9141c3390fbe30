# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What can be seen of a tap, for up.sh and setuid.sh:
#
#   probe TAP MAC        what becomes of a frame from MAC: see tap_probe; the
#                        guest's own is $GUEST, the other port p1
#   chains TAP           number of kernel chains of TAP
#   port_of TAP          name of the bridge that TAP is in
#   flags TAP            up or down

probe() {
	"$TF_BUILD/test/netns/tap_probe" "$1" p1 "$GUEST" "$2"
}

chains() {
	nft list ruleset | grep -c "^	chain $1-\(in\|out\) "
}

port_of() {
	ip -o link show "$1" | sed -n 's/.* master \([^ ]*\) .*/\1/p'
}

flags() {
	case $(ip -o link show "$1") in
	*[,\<]UP[,\>]*) echo up ;;
	*) echo down ;;
	esac
}
