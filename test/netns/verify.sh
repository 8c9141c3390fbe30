#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# verify: it finds what was changed behind our back, in the kernel, at the
# device, at its port and in the files, and says what; --repair mends what the
# record can mend.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/json.sh"
t_ns "$@"
t_need "$PYTHON"
up_setup
place_incoming "$T_TMP/profiles"
sed -i "s|^template-path = .*|&:$TF_TOP/templates|" "$T_TMP/conf"
# What looks at IPv6, ebtables leaves to ip6tables.
! with xtables || place_shown
# What no profile that changes here may leave to it
up_profile pin THIS_MAC
place_can unpinned && pin= || pin=pin

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# verify [ARG...]: its exit status; what it says is in $T_TMP/out
verify() {
	v_rc=0
	tf verify "$@" >"$T_TMP/out" 2>"$T_TMP/err" || v_rc=$?
	echo "$v_rc"
}

# finds NAME STATUS [LINE...]: verify of tap0 ends so, and finds exactly that
finds() {
	f_name=$1
	f_want=$2
	shift 2
	t_is "$f_name: status" "$f_want" "$(verify tap0)"
	t_is "$f_name: findings" "$(for f_line; do echo "$f_line"; done)" \
		"$(sed -n 's/^  \([a-z]*: .*\)/\1/p' "$T_TMP/out")"
	tf verify --json >"$T_TMP/json" 2>/dev/null
	# It is the same findings, and takes the most time.
	[ -n "${TF_PLACES:-}" ] ||
		t_json "$f_name: --json" verify "$T_TMP/json"
}

# mended NAME COMMAND...: after it, all is well, and the guest is filtered
mended() {
	m_name=$1
	shift
	t_is "$m_name: all is well" "0 0" \
		"$("$@" >"$T_TMP/mend" 2>&1; echo $?) $(verify)"
	t_is "$m_name: the guest is filtered" "pass drop" \
		"$(probe tap0 "$GUEST") $(probe tap0 "$OTHER")"
}

# What the rules do, without the lock of the port
probe_rules() {
	bridge link set dev "$1" locked off
	probe "$@"
	bridge link set dev "$1" locked on
}

t_is "no tap: status" 0 "$(verify)"
t_is "no tap: no word" "" "$(cat "$T_TMP/out" "$T_TMP/err")"
up_domain tap0 br0 own-mac
helper up tap0
finds "as it was brought up" 0
t_is "of all: status" 0 "$(verify)"
t_is "of all: one line" "1 tap: 1 ok" "$(cat "$T_TMP/out")"

# ---- rules in the kernel, whatever carries them ------------------------------------
# told WHAT CARRIER: the line of verify about that, if it is one
told() {
	case $2 in
	netdev)
		t_chain=tap0-out t_last="own-mac:8 (drop)"
		t_first="the rule that other devices pass by"
		t_way="chain tap0-out is gone"
		;;
	ebtables)
		t_chain=tf-tap0-o0 t_last="own-mac:8 (drop)"
		t_first="own-mac:2 (accept)"
		t_way="chain PREROUTING: leads to the rules of tap0 no more"
		;;
	iptables)
		t_chain="tapf-i1-tap0 of iptables" t_last="state:3 (drop)"
		t_first=$t_last
		t_way="chain FORWARD of iptables does not begin with what \
leads to ours"
		;;
	bridge)
		if with state; then
			t_chain=tap0-in-0 t_last="state:3 (drop)"
			t_first=$t_last
		else
			t_chain=tap0-in t_last="incoming:2 (drop)"
			t_first="the rule that other devices pass by"
		fi
		t_way="the table bridge $(nft_table tap0 bridge in) does not \
lead to the chains of tap0"
		;;
	esac
	t_alien="chain $t_chain: a rule that is not ours stands"
	case $1 in
	delete) echo "kernel: chain $t_chain: $t_last is gone" ;;
	change) echo "kernel: chain $t_chain: $t_last was changed" ;;
	between) echo "kernel: $t_alien before $t_last" ;;
	accept) echo "kernel: $t_alien before $t_first" ;;
	behind) echo "kernel: $t_alien at the end$(
		[ "$2" = ebtables ] || echo '; its comment is "mine"')" ;;
	way) echo "kernel: $t_way" ;;
	esac
}

helper up tap0
for carrier in $(carriers); do
	for what in delete change between accept behind way; do
		meddle $what tap0 "$carrier"
		case $carrier,$what in
		*,behind) ;;
		netdev,* | ebtables,*)
			t_is "($what, $carrier: the guest is open)" pass \
				"$(probe_rules tap0 "$OTHER")"
			;;
		esac
		finds "$what, $carrier" 4 "$(told $what "$carrier")"
		mended "$what, $carrier" tf verify --repair
	done
	meddle flush tap0 "$carrier"
	t_is "flush, $carrier: status" 4 "$(verify tap0)"
	t_true "flush, $carrier: what is gone" grep -qFx \
		"  $(told delete "$carrier")" "$T_TMP/out"
	mended "flush, $carrier" tf reload tap0
done
strip tap0
t_is "all chains flushed: status" 5 "$(verify)"
t_true "all chains flushed: what is gone" grep -q \
	'kernel: chain .*: own-mac:8 (drop) is gone' "$T_TMP/out"
mended "all chains flushed" tf verify --repair
wipe
finds "no rules" 5 "kernel: it has no rules"
mended "no rules" tf verify --repair

# ---- rules of nft -------------------------------------------------------------------
# handle CHAIN TEXT: of the first rule with TEXT
handle() {
	nft -a list chain netdev "$table" "$1" | grep "$2" | head -n 1 |
		sed 's/.*# handle //'
}

# nft_rules: in several chains, without an accept that has no conditions, with
# values in a set
nft_rules() {
	up_domain tap0 br0 own-mac no-multicast no-dhcp-server
	helper up tap0
	finds "several profiles" 0
	table=$(nft_table tap0)

	nft add rule netdev "$table" tap0-out position \
		"$(handle tap0-out own-mac:8)" accept
	next=$(nft list chain netdev "$table" tap0-out |
		sed -n '/own-mac:8/{n;n;p}' | sed -n 's/.*comment "\(.*\)"/\1/p')
	t_is "a rule added in the middle: status" 4 "$(verify)"
	t_true "a rule added in the middle: before which" grep -q \
		"not ours stands before .*${next:-rule [0-9]* (to }" "$T_TMP/out"
	mended "a rule added in the middle" tf verify --repair

	nft replace rule netdev "$table" tap0-out \
		handle "$(handle tap0-out 'goto tap0-out-')" accept
	t_is "the way to a chain changed: status" 4 "$(verify tap0)"
	t_true "the way to a chain changed: which" grep -q \
		'chain tap0-out: rule [0-9]* (to tap0-out-[0-9]*) was changed$' \
		"$T_TMP/out"
	mended "the way to a chain changed" tf verify --repair

	nft delete rule netdev "$table" tap0-out handle "$(handle tap0-out 'iif != ')"
	finds "the first rule deleted" 4 \
		"kernel: chain tap0-out: the rule that other devices pass by is gone"
	mended "the first rule deleted" tf verify --repair

	nft add table netdev "$table" '{ flags dormant; }'
	t_is "(the guest is open)" pass "$(probe_rules tap0 "$OTHER")"
	finds "the table put to sleep" 4 \
		"kernel: table $table is dormant: no chain of it filters"
	mended "the table put to sleep" tf verify --repair

	nft delete table netdev "$table"
	finds "our table deleted" 5 "kernel: it has no rules"
	mended "our table deleted" tf verify --repair tap0

	# A value in a set: its rule was changed
	cat >"$T_TMP/profiles/several.xml" <<'EOF'
<FilterPool name='several'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrDestMACAddr8021>THIS_PEERS</HdrDestMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
</FilterPool>
EOF
	up_domain tap0 br0 several
	sed -i "s|profile='several'|& peers='$(printf '52:54:00:00:00:%s1 ' 1 2 3 4 5 6 7 8 9)'|" \
		"$T_TMP/domains/of-tap0.xml"
	if helper up tap0 2>"$T_TMP/err"; then
		table=$(nft_table tap0)
		finds "values in a set" 0
		# in one line, however long
		rule=$(nft list chain netdev "$table" tap0-out | tr -s '\n\t' '  ' |
			sed 's/.*uid 0" \(.* comment "several:2"\) .*/\1/')
		t_true "there is a set" sh -c 'case $1 in *"{ "*) ;; *) exit 1 ;; esac' \
			sh "$rule"
		anew() {
			# shellcheck disable=SC2086 # words of a rule
			nft replace rule netdev "$table" tap0-out \
				handle "$(handle tap0-out several:2)" $1 2>&1
		}
		t_is "put there anew" "" "$(anew "$rule")"
		finds "the same rule put there anew" 0
		t_is "with another value" "" "$(anew "$(echo "$rule" |
			sed 's/525400000031/525400000032/;s/90520730730545/90520730730546/')")"
		t_is "other values: status" 4 "$(verify)"
		t_true "other values: which rule" grep -q \
			"chain tap0-out: several:[0-9]* (.*) was changed" "$T_TMP/out"
		t_is "with a verdict beside each value" "" "$(anew "$(echo "$rule" |
			sed 's/, / : accept, /g; s/ { \(.*\) } / vmap { \1 : accept } /')")"
		t_is "verdicts: status" 4 "$(verify)"
	else
		t_fail "values in a set" "$(cat "$T_TMP/err")"
	fi
	up_domain tap0 br0 own-mac no-multicast no-dhcp-server
	mended "other values" helper up tap0
}
[ -n "${TF_PLACES:-}" ] || nft_rules

# ---- the files ------------------------------------------------------------------------
# shellcheck disable=SC2086 # none or one
profiles() {
	up_domain tap0 "${1:-br0}" own-mac no-multicast no-dhcp-server $pin
}
profiles
mended "several profiles" helper up tap0
up_bridge br1
! with xtables || place_shows br1
ip link set br1 up
up_profile own-mac "$OTHER"
finds "a profile changed" 4 \
	"files: - own-mac:2 out accept eth.src=$GUEST" \
	"files: + own-mac:2 out accept eth.src=$OTHER"
t_true "a profile changed: what to do" grep -q 'tapfilter reload tap0' \
	"$T_TMP/out"
up_profile own-mac THIS_MAC
finds "a profile changed back" 0
up_domain tap0 br0 own-mac no-multicast $pin
t_is "a reference removed: status" 4 "$(verify)"
t_true "a reference removed: the profile" grep -q \
	'^  files: - # profile no-dhcp-server (.*)$' "$T_TMP/out"
t_true "a reference removed: its rules" grep -q \
	'^  files: - no-dhcp-server:20 out drop .* l4.sport=67$' \
	"$T_TMP/out"
profiles br1
t_is "another bridge in the domain: status" 4 "$(verify)"
t_true "another bridge in the domain" grep -q 'files: + # tap tap0 .* bridge br1' \
	"$T_TMP/out"
up_domain tap0 br0 clean-traffic-dual-stack
sed -i "s|profile='clean-traffic-dual-stack'|& ip_address='10.0.0.1' ipv6_address='2001:db8::1'|" \
	"$T_TMP/domains/of-tap0.xml"
t_is "all other profiles: status" 4 "$(verify)"
t_is "all other profiles: a bounded number of lines" 40 \
	"$(grep -c '^  files: ' "$T_TMP/out")"
t_true "and how many more" grep -q '^  and [1-9][0-9]* more$' "$T_TMP/out"
profiles
mv "$T_TMP/profiles/own-mac.xml" "$T_TMP/away"
finds "a profile that is gone" 4 \
	"files: its files have a fault now: see the message"
t_true "a profile that is gone: which" grep -q "no profile 'own-mac'" \
	"$T_TMP/err"
mv "$T_TMP/away" "$T_TMP/profiles/own-mac.xml"
mended "the old profiles" true

# ---- the port ---------------------------------------------------------------------------
bridge link set dev tap0 learning on
finds "learning switched on" 4 \
	"port: the bridge learns addresses from it, and its profiles pin the guest's"
mended "learning switched on" helper up tap0
bridge link set dev tap0 locked off
finds "unlocked" 4 \
	"port: it is not locked, and its profiles pin the guest's address"
mended "unlocked" helper up tap0
if place_can unpinned; then
	up_domain tap0 br0 no-multicast
	helper up tap0
	finds "a guest of many addresses" 0
	bridge link set dev tap0 locked on
	finds "locked with many addresses" 4 \
		"port: it is locked, and its profiles allow more than one address"
	profiles
	mended "locked with many addresses" helper up tap0
fi
bridge fdb del "$GUEST" dev tap0 master
finds "the static entry deleted" 4 \
	"port: the bridge has no static forwarding entry of its guest there"
mended "the static entry deleted" helper up tap0
bridge link set dev tap0 isolated on
finds "isolated" 4 "port: it is an isolated port"
mended "isolated" helper up tap0
ip link set tap0 nomaster
finds "in no bridge" 4 "port: it is in no bridge, and was brought up into br0"
mended "in no bridge" helper up tap0
ip link set tap0 master br1
t_is "in another bridge: status" 4 "$(verify)"
t_true "in another bridge: which" grep -q \
	'port: it is in bridge br1, and was brought up into br0' "$T_TMP/out"
mended "in another bridge" helper up tap0

# ---- the device ----------------------------------------------------------------------------
number=$(ip -o link show tap0 | cut -d: -f1)
ip link set tap0 down
ip link set tap0 name web0
finds "renamed" 5 \
	"device: it is called web0 now, where no rules are: rules go by the name"
t_is "renamed: in --json" web0 "$("$PYTHON" -c 'import json, sys
print(json.load(sys.stdin)[0]["renamed_to"])' <"$T_TMP/json")"
t_is "renamed: the new name is unfiltered" "5 1" \
	"$(verify web0) $(grep -c '^web0: unfiltered' "$T_TMP/out")"
t_true "renamed: what filters it" grep -q \
	'^  tapfilter up web0 filters it, once a domain names it$' "$T_TMP/out"
ip tuntap add tap0 mode tap
finds "renamed, and another has the name" 5 \
	"device: it is called web0 now, where no rules are: rules go by the name" \
	"device: another device has its name: number $(ip -o link show tap0 |
		cut -d: -f1), the record is of $number"
ip link del tap0
ip link set web0 up
t_is "renamed, --repair: it cannot be mended" 5 "$(verify --repair tap0)"
t_is "renamed, --repair: but it is closed" "down" "$(flags web0)"
ip link set web0 down
ip link set web0 name tap0
mended "renamed back" helper up tap0
ip link del tap0
finds "gone" 0 "note: it has gone: tapfilter gc clears its record away"
ip tuntap add tap0 mode tap
finds "another device" 5 \
	"device: another device has its name: number $(ip -o link show tap0 |
		cut -d: -f1), the record is of $number"
mended "another device" helper up tap0
if ! with xtables; then
	echo "backend = nft" >>"$T_TMP/conf"
	finds "the same backend by its name" 0
fi

# ---- several at once -------------------------------------------------------------------------
for i in 1 2 3; do
	ip tuntap add "tap$i" mode tap
	up_domain "tap$i" br0 own-mac
	sed -i "s/$GUEST/52:54:00:00:00:2$i/" "$T_TMP/domains/of-tap$i.xml"
	helper up "tap$i"
done
t_is "four taps: status" 0 "$(verify)"
t_is "four taps: a line" "4 taps: 4 ok" "$(cat "$T_TMP/out")"
meddle delete tap1
strip tap2
t_is "one of each: the worst status" 5 "$(verify)"
t_is "one of each: in sum" "4 taps: 2 ok, 1 drift, 1 missing" \
	"$(tail -n 1 "$T_TMP/out")"
t_is "one of each: those that are well are not named" "tap1: tap2:" \
	"$(grep -o '^tap[0-9]:' "$T_TMP/out" | tr '\n' ' ' | sed 's/ $//')"
t_is "one of each: repaired" "0 2" "$(verify --repair) $(
	grep -c 'missing and are back$\|as recorded, and is again$' "$T_TMP/err")"
t_is "nothing to repair" "0 0" \
	"$(verify --repair) $(wc -c <"$T_TMP/err")"
t_is "coloured" 1 "$(wipe
	tf verify --color=always tap1 | grep -c "$(printf '\033')\[31mmissing")"
t_is "not for others than root" 3 "$(setpriv --reuid=1 --regid=1 \
	--clear-groups "$TF_BUILD/tapfilter" verify --repair \
	>/dev/null 2>&1; echo $?)"
t_done
