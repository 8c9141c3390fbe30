#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ebtables-legacy, and both variants of ebtables on one host, in the guest of
# run.sh, whose kernel has both: modules that are not loaded, frames, a
# replacement under traffic, random rules, the lock, the switch to the other
# variant, what guards the place iptables.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/nft.sh"
. "$TF_TOP/test/ebt.sh"
t_ns "$@"
ebt_use nft
up_setup
echo "backend = xtables" >>"$T_TMP/conf"

# ours VARIANT: lines that it has of our chains, or of what guards iptables
ours() {
	ebt_save "$1" | grep -- 'tf-\|--mark'
}

# count VARIANT: chains, jumps and guards
count() {
	ours "$1" >"$T_TMP/ours"
	echo "$(grep -c '^:' "$T_TMP/ours")" \
		"$(grep -c -- '-i tap0 -j tf-tap0-o' "$T_TMP/ours")" \
		"$(grep -c -- --mark "$T_TMP/ours")"
}

# meets MAC: the bridge itself would drop what the rules do
meets() {
	bridge link set dev tap0 locked off
	probe tap0 "$1"
	bridge link set dev tap0 locked on
}

verify() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" verify tap0 \
		>"$T_TMP/out" 2>&1
	echo $?
}

# ---- not loaded
for i in ebtable_nat ebtable_filter ebtable_broute ebtables; do
	modprobe -r $i 2>/dev/null
done
if [ -e /sys/module/ebtables ]; then
	t_fail "ebtables-legacy is not loaded" "it is"
fi
ln -sf /usr/sbin/ebtables-legacy /etc/alternatives/ebtables
helper up tap0 2>"$T_TMP/err"
t_is "no module: up" 1 $?
t_true "... says which is missing" grep -q \
	'no table nat of ebtables-legacy: "modprobe ebtable_nat" loads it' \
	"$T_TMP/err"
t_is "... and the tap is closed" "down " "$(flags tap0) $(port_of tap0)"
modprobe ebtable_nat
ebt_use legacy

# ---- up, with a profile for iptables
cat >"$T_TMP/profiles/ttl.xml" <<'END'
<FilterPool name='ttl' xmlns:tf='urn:tapfilter:1'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <IPHeadersFilter>
      <HdrIPVersion>4</HdrIPVersion> <tf:HopLimit>1</tf:HopLimit>
    </IPHeadersFilter>
  </FilterEntry>
</FilterPool>
END
modprobe -a br_netfilter iptable_mangle ip6table_mangle
ip link set br0 type bridge nf_call_iptables 1
up_domain tap0 br0 own-mac ttl
t_true "up" helper up tap0
t_is "chains, jump and guards" "3 1 5" "$(count legacy)"
t_is "nothing in ebtables-nft" "0 0 0" "$(count nft)"
t_is "own frames pass" pass "$(meets "$GUEST")"
t_is "others are dropped" drop "$(meets "$OTHER")"
t_is "verify" 0 "$(verify)"
ebtables-legacy -t nat -F tf-tap0-o0
t_is "flushed: verify" 4 "$(verify)"
t_true "up once more mends it" helper up tap0
t_is "verify" 0 "$(verify)"

# ---- switched over
ebt_use nft
t_is "ebtables is ebtables-nft: verify" 4 "$(verify)"
t_true "... says where the rules are" grep -q \
	"ebtables-legacy has rules of tap0, and the host's ebtables is ebtables-nft" \
	"$T_TMP/out"
t_is "... and they hold" drop "$(meets "$OTHER")"
t_true "up moves them" helper up tap0
t_is "all are there" "3 1 5" "$(count nft)"
t_is "and none here" "0 0 0" "$(count legacy)"
t_is "others are dropped" drop "$(meets "$OTHER")"
t_is "verify" 0 "$(verify)"
ebt_use legacy
t_true "switched back: down" helper down tap0
t_is "nothing is left" "0 0 0, 0 0 0" "$(count nft), $(count legacy)"
up_domain tap0 br0 own-mac
helper up tap0
ip link del tap0
ebt_use nft
t_true "switched, and the tap has gone: gc" helper gc
t_is "nothing is left" "0 0 0, 0 0 0" "$(count nft), $(count legacy)"
ip tuntap add tap0 mode tap
ebt_use legacy

# ---- the lock
ebtables-legacy --concurrent -t nat -N others
flock -F /var/lib/ebtables/lock sleep 100 &
holder=$!
until ! flock -n /var/lib/ebtables/lock true; do :; done
helper up tap0 2>"$T_TMP/err"
t_is "somebody keeps the lock: up" 1 $?
kill $holder
t_true "... says which" grep -q "cannot lock /var/lib/ebtables/lock" "$T_TMP/err"
t_is "... changes nothing" "0 0 0" "$(count legacy)"
i=0
while [ $i -lt 8 ]; do
	i=$((i + 1))
	ebtables-legacy --concurrent -t nat -A others -s "$OTHER" -j DROP ||
		echo "no $i"
done >"$T_TMP/others" 2>&1 &
wrong=
for i in 1 2; do
	helper up tap0 || wrong="$wrong up"
	helper down tap0 || wrong="$wrong down"
done
wait
t_is "others change the table meanwhile" " 8" \
	"$wrong $(ebt_save | grep -c -- "-A others -s $OTHER -j DROP")"
ebtables-legacy -t nat -F others
ebtables-legacy -t nat -X others

# ---- tags
cat >"$T_TMP/profiles/vlan.xml" <<'END'
<FilterPool name='vlan'>
  <FilterEntry>
    <Action>ACCEPT</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrVLANID8021>5</HdrVLANID8021>
    </Hdr8021Filter>
  </FilterEntry>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
  </FilterEntry>
</FilterPool>
END
up_domain tap0 br0 vlan
helper up tap0 2>"$T_TMP/err"
t_is "what needs the type of a tag: up" 1 $?
t_true "... says why" grep -q \
	"^$T_TMP/profiles/vlan.xml:2: .*ebtables cannot carry the difference between tags" \
	"$T_TMP/err"
t_is "... and compile says the same" "$(cat "$T_TMP/err")" \
	"$("$TF_BUILD/tapfilter" --config "$T_TMP/conf" compile tap0 2>&1)"
t_is "... and the tap is closed" "down 0 0 0" "$(flags tap0) $(count legacy)"

# ---- under traffic, and random rules
ip tuntap del tap0 mode tap
ip link del br0
nft_bridge
cat >"$T_TMP/small" <<END
mac:1 out accept eth.src=$GUEST
mac:2 out drop
END
cat >"$T_TMP/large" <<END
mac:1 out accept eth.src=$GUEST
mac:2 out drop
arp:3 in drop eth.type=0x0806 arp.op={3,4}
END
driver xtables apply tap0 <"$T_TMP/small"
t_true "replace under traffic" "$TEST_BIN/nft_traffic" xtables 4 \
	"$T_TMP/large" "$T_TMP/small"
driver xtables remove tap0
t_true "random rules and frames" "$TEST_BIN/ebt_random" 1 4 100
t_is "nothing is left" "0 0 0" "$(count legacy)"
t_done
