#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter selftest as on a kernel before 5.16: frame by frame, each profile
# does what it does with the hooks of the tap.
set -u
. "$(dirname "$0")/../lib.sh"
t_need_root
t_need unshare ip nft
t_need_tun
t_ns "$@"
t_tmp
cat >"$T_TMP/conf" <<EOF
[tapfilter]
template-path = $TF_TOP/test/netns:$TF_TOP/templates
domain-dir = $T_TMP/domains
state-dir = $T_TMP/state
EOF

# selftest COMMAND ARG...: beneath that command, if it is not empty
selftest() {
	under=$1
	shift
	$under "$TF_BUILD/tapfilter" --config "$T_TMP/conf" selftest "$@"
}

# seen: frames and what became of them, from a table
seen() {
	awk '$2 ~ /^(in|out)$/ { print $1, $2, $4 }'
}

NO_EGRESS=$TF_BUILD/test/netns/no_egress
cat >"$T_TMP/domain.xml" <<EOF
<domain><name>a</name><devices><interface type='bridge'>
<mac address='52:54:00:00:00:01'/><target dev='tap0'/><source bridge='br0'/>
<firewall><reference profile='no-broadcast'/></firewall>
</interface></devices></domain>
EOF
ip link add br0 type bridge
for i in iptables ip6tables; do
	[ ! -e "/proc/sys/net/bridge/bridge-nf-call-$i" ] ||
		echo 0 >"/proc/sys/net/bridge/bridge-nf-call-$i"
done
t_true "another place carries them" sh -c \
	'"$@" | grep -q "^# profile no-broadcast (nft bridge and ingress)$"' sh "$NO_EGRESS" \
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" compile --domain \
	"$T_TMP/domain.xml"

for i in "$TF_TOP"/templates/*.xml "$TF_TOP/test/netns/every-field.xml"; do
	name=$(basename "$i" .xml)
	selftest "$NO_EGRESS" --mutations="${TF_VARIATIONS:-150}" "$name" \
		>"$T_TMP/out" 2>&1
	if [ "$(grep -c "^$name .* 0 wrong$" "$T_TMP/out")" = 2 ]; then
		t_ok "$name"
	else
		t_fail "$name" "$(grep 'WRONG\|variation of\|frames:\|tapfilter' \
			"$T_TMP/out")"
	fi
	seen <"$T_TMP/out" >"$T_TMP/without"
	selftest "" "$name" 2>&1 | seen >"$T_TMP/with"
	t_true "$name: frame by frame, $(wc -l <"$T_TMP/with") of them" sh -c \
		'[ -s "$0" ] && cmp "$0" "$1"' "$T_TMP/with" "$T_TMP/without"
done
t_done
