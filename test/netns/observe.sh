#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter observe: what a guest sends is listed, also what is dropped; the
# tap stays as it was; every suggestion is valid input.
#
# Runs also with: xtables
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
t_need python3
up_setup
GUEST=52:54:00:ad:be:01
OTHER=52:54:00:ad:be:03
SCHEMA=$TF_TOP/test/golden/json/observe.schema.json
sed -i "s/52:54:00:00:00:01/$GUEST/" "$T_TMP/domains/of-tap0.xml"
mkdir "$T_TMP/suggested"
{
	echo "[tapfilter]"
	echo "template-path = $T_TMP/suggested:$TF_TOP/templates"
	echo "domain-dir = $T_TMP/none"
} >"$T_TMP/shipped.conf"
mkdir "$T_TMP/none"

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

listens() {
	l_index=$(ip -o link show "$1" | cut -d: -f1)
	grep -q " 3 *0003 *$l_index " /proc/net/packet
}

# observe TAP [OPTION...]: begin; it listens when this returns
observe() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" observe "$@" \
		--seconds 250 >"$T_TMP/out" 2>"$T_TMP/err" &
	o_pid=$!
	o_n=0
	until listens "$1"; do
		o_n=$((o_n + 1))
		if [ "$o_n" -gt 500 ] || ! kill -0 "$o_pid"; then
			t_fail "observe $* listens" "$(cat "$T_TMP/err")"
			t_done
		fi
		sleep 0.02
	done
}

# end: end it as a user does; its status is in $o_rc
end() {
	kill -INT "$o_pid"
	o_rc=0
	wait "$o_pid" || o_rc=$?
}

send() {
	"$TF_BUILD/test/netns/tap_send" "$@"
}

# get EXPRESSION: of the JSON value j
get() {
	python3 -c 'import json, sys
j = json.load(open(sys.argv[1]))
f = {k: [r["value"] for r in v] for k, v in j["seen"].items()}
s = j["suggestion"]
r = eval(sys.argv[2])
print(" ".join(r) if isinstance(r, list) else r)' "$T_TMP/out" "$1"
}

# valid NAME: the suggestion is input that tapfilter takes
valid() {
	get 's["domain"]' >"$T_TMP/domain.xml"
	get 's["profile"] or ""' >"$T_TMP/profile.xml"
	rm -f "$T_TMP/suggested"/*
	v_own=$(get 's["profile_name"] or ""')
	v_own=${v_own:+$T_TMP/suggested/$v_own.xml}
	[ -z "$v_own" ] || cp "$T_TMP/profile.xml" "$v_own"
	{
		echo "<domain type='kvm'><name>m</name><metadata>"
		get 's["metadata"]'
		echo "</metadata><devices><interface type='bridge'>"
		echo "<mac address='$GUEST'/><source bridge='br0'/>"
		echo "<target dev='tap0'/></interface></devices></domain>"
	} >"$T_TMP/metadata.xml"
	for v_i in domain metadata; do
		t_true "$1: check takes its $v_i" "$TF_BUILD/tapfilter" \
			--config "$T_TMP/shipped.conf" check \
			"$T_TMP/$v_i.xml" ${v_own:+"$v_own"}
		"$TF_BUILD/tapfilter" --config "$T_TMP/shipped.conf" compile \
			--domain "$T_TMP/$v_i.xml" 2>&1 |
			grep -v '^# tap' >"$T_TMP/$v_i.rules"
	done
	t_true "$1: compile has rules that drop" grep -q ' out drop' \
		"$T_TMP/domain.rules"
	t_is "$1: domain and metadata are the same" \
		"$(cat "$T_TMP/domain.rules")" "$(cat "$T_TMP/metadata.rules")"
	t_true "$1: JSON as the schema says" python3 -c \
		'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
		"$T_TMP/out" "$SCHEMA"
}

# What must not change; counters do
state() {
	rules 2>/dev/null
	ip -d link show tap0 | sed 's/_timer *[0-9.]*//g'
	bridge fdb show br br0 | grep -v " dev p0 "
}

# ---- usage -----------------------------------------------------------------------
for i in "" "tap0" "--seconds 1" "tap0 --seconds 0" "tap0 --seconds" \
	"tap0 tap1 --seconds 1" "tap0 --seconds 90000" "a/b --seconds 1"; do
	# shellcheck disable=SC2086 # words
	t_is "usage: observe $i" 2 "$(tf observe $i >/dev/null 2>&1; echo $?)"
done
t_false "no such device" tf observe tap7 --seconds 1
t_false "a device that is no tap" tf observe p0 --seconds 1
tf observe p0 --seconds 1 2>"$T_TMP/err"
t_true "says so" grep -q '"p0" is not a tap' "$T_TMP/err"

# ---- an honest guest, filtered ---------------------------------------------------------
helper up tap0
before=$(state)
observe tap0 --json
during=$(state)
send tap0 arp-request tcp tcp dhcp-discover
end
t_is "it ends well" "0 " "$o_rc $(cat "$T_TMP/err")"
t_is "nothing changes when it begins" "$before" "$during"
t_is "nor when it has ended" "$before" "$(state)"
t_is "filtered, by what, where" "filtered own-mac br0 guest-tap0" \
	"$(get '[j["state"], j["profiles"][0]["name"], j["bridge"], j["domain"]]')"
t_is "frames, none lost" "4 0" "$(get 'j["frames"]') $(get 'j["lost"]')"
t_is "MAC and IPv4 address" "$GUEST 10.0.0.1" \
	"$(get 'f["mac"]') $(get 'f["ipv4"]')"
t_is "EtherTypes" "0x0806 0x0800" "$(get 'f["ethertype"]')"
t_is "a DHCP client" 1 "$(get 'j["messages"]["dhcpv4_client"]')"
valid honest
t_true "honest: clean-traffic suffices" grep -q "profile='clean-traffic'" \
	"$T_TMP/domain.xml"
t_is "honest: one note" 1 "$(get 'len(s["notes"])')"

# ---- what is dropped is seen, and stays dropped ------------------------------------------
observe tap0 --json
t_is "what is dropped stays so; what passes, too" "drop pass" \
	"$(probe tap0 "$OTHER") $(probe tap0 "$GUEST")"
send tap0 tcp
end
t_is "but both are seen" "$GUEST $OTHER" "$(get 'sorted(f["mac"])')"
t_is "nothing has changed" "$before" "$(state)"
valid forged
t_true "forged: the other MAC is named" grep -q "MAC address $OTHER" \
	"$T_TMP/domain.xml"
t_is "forged: but not allowed" "" "$(grep -h "$OTHER" "$T_TMP/domain.rules")"
t_is "an EtherType that no shipped profile allows" observed-tap0 \
	"$(get 's["profile_name"]')"
t_true "is in the profile" grep -q '<HdrProtocolID8021>arp ipv4 0x88b5<' \
	"$T_TMP/profile.xml"
t_true "and in the notes" grep -q "because they were seen: 0x88b5" \
	"$T_TMP/domain.xml"

# The rest is of what was seen, whatever carries the rules.
[ -z "${TF_PLACES:-}" ] || t_done

# ---- tags that the kernel takes off -------------------------------------------------------
observe tap0 --json
send tap0 tcp arp-reply-other-ip-in-vlan0 arp-reply-other-ip-in-vlan0-twice \
	arp-reply-other-ip-in-802.1ad arp-reply-other-ip-in-vlan5 \
	arp-reply-other-ip-in-snap vlan5-unknown-type spanning-tree
end
t_is "tags are seen" "0 of 0x88a8, 0 of 0x8100, 5 of 0x8100" \
	"$(get '", ".join(sorted(f["vlan"], key=lambda v: (v[0], -ord(v[-1]))))')"
t_is "what is behind them, too" "wrapped" \
	"$(get '[r["as"][0] for r in j["seen"]["ipv4"] if r["value"] == "10.0.0.254"]')"
t_is "spanning tree" "0x4242 1" \
	"$(get 'f["llc"]') $(get 'j["messages"]["spanning_tree"]')"
valid tagged
t_true "tagged: only what was untagged is suggested" grep -q \
	"ip_address='10.0.0.1'/>" "$T_TMP/domain.xml"
t_true "tagged: and clean-traffic" grep -q "profile='clean-traffic'" \
	"$T_TMP/domain.xml"

# ---- all at once, IPv6 among it --------------------------------------------------------
observe tap0 --json
send tap0 all
end
valid all
for i in dhcpv4_server dhcpv6_server router_advertisement redirect \
	igmp_or_mld_query igmp_or_mld_report fragment broken_header rarp \
	arp_probe neighbour_solicitation neighbour_advertisement; do
	t_is "all: $i" True "$(get "j['messages']['$i'] > 0")"
done
for i in 'Router advertisements: [0-9]*, not allowed' \
	'DHCP server: [0-9]*, not allowed' 'Redirects: [0-9]*, not allowed'; do
	t_true "all: note: $i" grep -q "$i" "$T_TMP/domain.xml"
done
t_true "all: both families" grep -q "ipv6_address='2001:db8::1 " \
	"$T_TMP/domain.xml"
t_is "all: no route, server or foreign MAC is allowed" 3 \
	"$(grep -Ec '<reference profile=.no-(mac-spoofing|dhcp-server|router-advertisement)' \
		"$T_TMP/profile.xml")"

# ---- more than fits -----------------------------------------------------------------------
observe tap0 --json
send tap0 tcp flood
end
t_is "flood: every frame is counted or lost" 3001 \
	"$(get 'j["frames"] + j["lost"]')"
t_is "flood: tables have an end" "64 64 64 64" \
	"$(get '[str(len(f[k])) for k in ("mac", "ipv4", "ethertype", "vlan")]')"
t_is "flood: and say so" "mac ipv4 ethertype vlan" "$(get 'j["incomplete"]')"
valid flood
t_true "flood: notes say so" grep -q 'more than 64 values of the kind "mac"' \
	"$T_TMP/domain.xml"

# ---- as text; without a suggestion; without rules --------------------------------------------
observe tap0
send tap0 dhcp-discover
end
t_true "text: no address, no suggestion" grep -q '^No suggestion:' \
	"$T_TMP/out"
t_true "text: what drops" grep -q '^state: filtered by own-mac$' "$T_TMP/out"
helper down tap0
ip link set tap0 up
observe tap0
send tap0 tcp
end
t_true "text: unfiltered" grep -q '^state: unfiltered' "$T_TMP/out"
t_true "text: the MAC that was seen" grep -q \
	"^mac  *$GUEST  *1 plain source" "$T_TMP/out"
sed -n '/^<domain/,/^<\/domain/p' "$T_TMP/out" >"$T_TMP/domain.xml"
t_true "text: the domain" "$TF_BUILD/tapfilter" --config \
	"$T_TMP/shipped.conf" check "$T_TMP/domain.xml"

# ---- the link comes and goes ------------------------------------------------------------------
observe tap0 --json
ip link set tap0 down
ip link set tap0 up
send tap0 tcp
end
t_is "a link that was down for a moment" "0 1" "$o_rc $(get 'j["frames"]')"
observe tap0
ip link del tap0
o_rc=0
wait "$o_pid" || o_rc=$?
t_is "the tap goes: it ends" "0 note: the tap has gone" \
	"$o_rc $(cat "$T_TMP/err")"
t_done
