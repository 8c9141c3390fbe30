#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter selftest of profiles that ask for connections: by marks on a bridge
# of nft and by iptables, and what passes one passes the other.
set -u
. "$(dirname "$0")/../lib.sh"
t_need_root
t_need unshare ip nft ebtables-save ebtables-restore iptables-legacy
t_need_tun
t_ns "$@"
if [ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
	t_skip "selftest" "the kernel has no br_netfilter"
	t_done
fi
t_tmp
mkdir "$T_TMP/own"

# on BACKEND ARG...: selftest, its output in out.BACKEND
on() {
	backend=$1
	shift
	cat >"$T_TMP/conf" <<-EOF
		[tapfilter]
		template-path = $T_TMP/own:$TF_TOP/test/netns:$TF_TOP/templates
		domain-dir = $T_TMP/domains
		state-dir = $T_TMP/state
		backend = $backend
	EOF
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" selftest "$@" \
		>"$T_TMP/out.$backend" 2>&1
}

# carried BACKEND PROFILE
carried() {
	if on "$1" --mutations="${TF_VARIATIONS:-150}" "$2" &&
		[ "$(grep -c "^$2 .* 0 wrong$" "$T_TMP/out.$1")" = 2 ]; then
		t_ok "$2 with $1"
	else
		t_fail "$2 with $1" "$(grep \
			'WRONG\|variation of\|frames:\|tapfilter' \
			"$T_TMP/out.$1")"
	fi
}

# became BACKEND FATE: frames that met it
became() {
	awk -v fate="$2" '$2 ~ /^(in|out)$/ && $4 == fate { print $1 }' \
		"$T_TMP/out.$1" | sort
}

carried nft connections
carried xtables connections
for i in nft xtables; do
	became $i pass >"$T_TMP/pass.$i"
	became $i lost >"$T_TMP/lost.$i"
	t_true "$i: a state decides" grep -q \
		'^  ping-in  *in  *pass  *pass  *connections:' "$T_TMP/out.$i"
done
t_true "frames pass" test "$(wc -l <"$T_TMP/pass.nft")" -gt 100
t_is "what passes with xtables passes with nft" "" \
	"$(comm -23 "$T_TMP/pass.xtables" "$T_TMP/pass.nft")"
# what a bridge refuses anyway is not asked of xtables
t_is "what passes with nft passes with xtables, if ebtables looks into it" "" \
	"$(comm -23 "$T_TMP/pass.nft" "$T_TMP/pass.xtables" |
		grep -v -- '-in-\(802.1ad\|9100\|vlan0-\)\|^vlan5-\|^pause$')"
t_true "fragments are kept" grep -q '^udp-first-fragment$' "$T_TMP/lost.nft"
t_is "and nothing is lost that is whole and sound" "" \
	"$(cat "$T_TMP/lost.nft" "$T_TMP/lost.xtables" |
		grep -v 'fragment\|-length-\|-hidden')"

# Every field that nft bridge can look at, together with connections
awk '
	/<FilterPool/ {
		print "<FilterPool name=\"bridge-fields\"" \
			" xmlns:tf=\"urn:tapfilter:1\">" \
			"<reference profile=\"connections\"/>"
		next
	}
	/<FilterEntry>/ { inside = 1; entry = ""; refused = 0 }
	inside { entry = entry $0 "\n" }
	/tf:Fragment|tf:NextHeader|tf:ND|REJECT/ { refused = 1 }
	/<\/FilterEntry>/ { inside = 0; if (!refused) printf "%s", entry }
	/<\/FilterPool>/ {
		split("outgoing incoming", dir, " ")
		for (i = 1; i <= 2; i++)
			print "<FilterEntry><Action>DROP</Action><TrafficType>" \
				dir[i] "</TrafficType><IPHeadersFilter>" \
				"<HdrIPVersion>4</HdrIPVersion>" \
				"</IPHeadersFilter><tf:State>related</tf:State>" \
				"</FilterEntry>"
		print
	}' "$TF_TOP/test/netns/every-field.xml" >"$T_TMP/own/bridge-fields.xml"
carried nft bridge-fields

# It must be able to fail: what a place does not see is not dropped there
on xtables bridge-fields
t_is "what no place of xtables can carry: status" 1 $?
t_true "... is named" grep -q \
	"^$T_TMP/own/bridge-fields.xml:.*no place with backend = xtables:.*backend = nft can" \
	"$T_TMP/out.xtables"
t_done
