#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# backend = xtables: up, down and reload with ebtables, beside the rules of
# others, which stay as they are.  TF_ROUNDS is how often.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/ebt.sh"
t_ns "$@"
t_need iptables-nft-restore
ebt_use
up_setup
echo "backend = xtables" >>"$T_TMP/conf"

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# ours [TAP]: lines that ebt_save has of our chains
ours() {
	ebt_save | grep -- " *tf-${1:-}" || true
}

# fdb TAP: static forwarding entries of the guest
fdb() {
	bridge fdb show dev "$1" | grep -v vlan |
		grep -c "^$GUEST.*master br0.*static"
}

port_flags() {
	bridge -d link show dev "$1" | grep -o 'guard [a-z]*\|learning [a-z]*' |
		sort | xargs
}

# The bridge itself would drop what the rules do: only these are asked.
meets() {
	bridge link set dev tap0 locked off
	probe tap0 "$1"
	bridge link set dev tap0 locked on
}

# ---- up and down
t_true "up" helper up tap0
t_is "own frames pass" pass "$(meets "$GUEST")"
t_is "others are dropped" drop "$(meets "$OTHER")"
t_is "two chains and their jump" 3 \
	"$(ours tap0 | grep -c '^:')"
t_is "the jump stands in PREROUTING" 1 \
	"$(ours tap0 | grep -c '^-A PREROUTING -i tap0 -j tf-tap0-o$')"
t_is "nothing of nft's" 0 "$(chains tap0)"
t_is "the port: guard, no learning" "guard on learning off" "$(port_flags tap0)"
t_is "the port: a static entry" 1 "$(fdb tap0)"
t_is "verify" 0 "$(tf verify tap0 >/dev/null 2>&1; echo $?)"
before=$(ours)
t_true "up once more" helper up tap0
t_is "the same again" "$before" "$(ours)"

# ---- what others do to ours
ebtables -t nat -F tf-tap0-o0
t_is "flushed: verify" 4 "$(tf verify tap0 >/dev/null 2>&1; echo $?)"
t_true "reload mends it" tf reload tap0
t_is "mended" "$before" "$(ours)"
ebtables -t nat -I PREROUTING -i tap0 -j ACCEPT
t_is "accepted before us: verify" 4 "$(tf verify tap0 >/dev/null 2>&1; echo $?)"
t_is "... and it passes" pass "$(meets "$OTHER")"
t_true "reload puts ours first" tf reload tap0
t_is "and it is dropped" drop "$(meets "$OTHER")"
t_is "verify" 0 "$(tf verify tap0 >/dev/null 2>&1; echo $?)"
ebtables -t nat -D PREROUTING -i tap0 -j ACCEPT
ebtables -t nat -A tf-tap0-o0 --mark 5 -j DROP
t_true "down takes a strange rule along" helper down tap0
t_is "nothing is left" "" "$(ours)"
t_is "the tap is down" "down " "$(flags tap0) $(port_of tap0)"
t_true "down once more" helper down tap0

# ---- replaced
up_profile let-other "$OTHER"
helper up tap0
up_domain tap0 br0 let-other
t_true "reload with another profile" helper reload tap0
t_is "its rules" 1 "$(ours tap0-o0 | grep -c -- "-s $OTHER -j RETURN")"
t_is "and no other" 0 "$(ours tap0-o0 | grep -c -- "$GUEST")"
helper down tap0
up_domain tap0 br0 own-mac

# ---- a device that is made anew
helper up tap0
ip link del tap0
ip tuntap add tap0 mode tap
t_true "up of another device of that name" helper up tap0
t_is "its own rules" "$before" "$(ours | sed "s/54:46:49:01:..:../54:46:49:01:$(
	echo "$before" | sed -n 's/.*54:46:49:01:\(..:..\).*/\1/p')/")"
ip link del tap0
t_true "gc clears what it left" helper gc
t_is "nothing is left" "" "$(ours)"
ip tuntap add tap0 mode tap

# ---- what it cannot carry
cat >"$T_TMP/profiles/frag.xml" <<'EOF'
<FilterPool name='frag' xmlns:tf='urn:tapfilter:1'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <IPHeadersFilter>
      <HdrIPVersion>4</HdrIPVersion> <tf:Fragment>first</tf:Fragment>
    </IPHeadersFilter>
  </FilterEntry>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <ARPFilter/>
  </FilterEntry>
</FilterPool>
EOF
up_domain tap0 br0 frag
t_false "a profile that neither can carry" helper up tap0
helper up tap0 2>"$T_TMP/err"
t_true "... says what and where" \
	grep -q "^$T_TMP/profiles/frag.xml:2:.*ebtables cannot carry ip.frag.*; iptables cannot carry ip.frag" "$T_TMP/err"
t_is "... changes nothing" "" "$(ours)"
t_is "... and the tap is closed" down "$(flags tap0)"
up_domain tap0 "" own-mac
t_false "a tap in no bridge" helper up tap0
t_is "... is closed" "down " "$(flags tap0) $(ours)"
up_domain tap0 br0 own-mac
t_false "--no-link, in no bridge" helper up --no-link tap0
ip link set tap0 master br0 up
t_true "--no-link, in a bridge" helper up --no-link tap0
t_is "... guards the port" "guard on learning off 1" \
	"$(port_flags tap0) $(fdb tap0)"
t_is "... and others are dropped" drop "$(meets "$OTHER")"
helper down tap0

# ---- beside others
ebtables-restore --noflush <<'EOF'
*filter
:docker-like ACCEPT
-A FORWARD -p IPv4 --ip-proto 6 -j docker-like
*nat
:libvirt-I-vnet0 ACCEPT
:I-vnet0-mac ACCEPT
-A PREROUTING -i vnet0 -j libvirt-I-vnet0
-A libvirt-I-vnet0 -j I-vnet0-mac
-A I-vnet0-mac -s 52:54:00:00:00:99 -j RETURN
-A I-vnet0-mac -j DROP
EOF
for i in iptables-nft iptables-legacy; do
	command -v $i-restore >/dev/null || continue
	$i-restore 2>/dev/null <<'EOF'
*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
:ufw-before-input - [0:0]
-A INPUT -j ufw-before-input
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A DOCKER-USER -j RETURN
-A ufw-before-input -i lo -j ACCEPT
-A ufw-before-input -p icmp -m icmp --icmp-type 8 -j ACCEPT
COMMIT
EOF
done
nft -f - <<'EOF'
table inet firewalld {
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
		ct state established,related accept
		iifname "docker0" jump filter_FWD_docker
		reject with icmpx admin-prohibited
	}
	chain filter_FWD_docker { return; }
}
EOF
# The counters of others move with our frames.
theirs() {
	nft -s list ruleset | grep -v 'tf-'
	iptables-legacy-save 2>/dev/null | grep -v '^[#:]'
	ebt_save | grep -v '^#\|tf-'
}
theirs >"$T_TMP/theirs"
i=0 bad=0
while [ $i -lt "${TF_ROUNDS:-40}" ]; do
	i=$((i + 1))
	helper up tap0 || bad=$((bad + 1))
	[ "$(meets "$OTHER")" = drop ] || bad=$((bad + 1))
	helper down tap0 || bad=$((bad + 1))
done
t_is "$i times up and down" 0 "$bad"
theirs >"$T_TMP/now"
t_true "the rules of others are as they were" cmp "$T_TMP/theirs" "$T_TMP/now"
t_is "nothing of ours is left" "" "$(ours)"

# ---- what nft(8) made in the tables of ebtables-nft
if [ "${TF_EBTABLES:-nft}" = nft ]; then
	nft 'add table bridge filter
		add chain bridge filter theirs {
			type filter hook forward priority 0;
		}'
	t_true "a hook of others in the table filter is no obstacle" \
		helper up tap0
	multi=$(readlink -f /usr/sbin/ebtables-nft-save)
	printf '#!/bin/sh\necho "# of somebody else"\n' >"$T_TMP/multi"
	chmod 755 "$T_TMP/multi"
	mount --bind "$T_TMP/multi" "$multi"
	t_is "what another program prints" \
		"tapfilter-helper: /usr/sbin/ebtables-nft-save prints what is not of ebtables-nft" \
		"$(helper up tap0 2>&1 | head -n 1)"
	t_is "does not tell that there are no rules" "up br0" \
		"$(flags tap0) $(port_of tap0)"
	umount "$multi"
	t_is "they stand" drop "$(meets "$OTHER")"
	nft add rule bridge nat PREROUTING numgen random mod 2 == 0 counter
	hidden="tapfilter-helper: ebtables-nft does not show its table nat"
	t_is "rules that are not shown are not changed" "$hidden" \
		"$(helper up tap0 2>&1 | sed 's/,.*//; q')"
	t_is "they stand" "drop up" "$(meets "$OTHER") $(flags tap0)"
	t_is "nor are they taken for none" "$hidden" \
		"$(helper down tap0 2>&1 | sed 's/,.*//; q')"
	nft delete rule bridge nat PREROUTING handle "$(nft -a list chain \
		bridge nat PREROUTING | sed -n 's/.*numgen.*handle //p')"
	nft delete chain bridge filter theirs
	t_true "when they are shown, they go" helper down tap0
	t_is "all of them" "" "$(ours)"
fi

# ---- killed
# Whenever that is: there is nothing to wait for.  Not by the function, or only
# its shell is killed.
up_killed() {
	("$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" up tap0 &
	pid=$!
	sleep "0.0$((i * 3))"
	kill -KILL $pid) 2>/dev/null
}
i=0 wrong=
while [ $i -lt 20 ]; do
	i=$((i + 1))
	up_killed
	[ "$(flags tap0)" = down ] || [ -n "$(ours tap0-o0)" ] ||
		wrong="$wrong; open without rules"
	helper up tap0 || wrong="$wrong; up does not repair"
	up_killed
	[ "$(meets "$OTHER")" = drop ] || wrong="$wrong; not as before"
	helper down tap0 || wrong="$wrong; down does not repair"
	[ -z "$(ours)" ] || wrong="$wrong; something is left"
done
t_is "killed at any time" "" "$wrong"

# ---- several at the same time
pids=
for i in 1 2 3 4 5 6 7 8; do
	ip tuntap add "t$i" mode tap
	up_domain "t$i" br0 own-mac
done
tf reload >/dev/null 2>&1
for i in 1 2 3 4 5 6 7 8; do
	helper up "t$i" &
	pids="$pids $!"
done
bad=0
for pid in $pids; do
	wait "$pid" || bad=$((bad + 1))
done
t_is "eight at the same time" "0 8" "$bad $(ours | grep -c 'A PREROUTING')"
pids=
for i in 1 2 3 4 5 6 7 8; do
	helper down "t$i" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || bad=$((bad + 1))
done
t_is "eight down at the same time" "0 " "$bad $(ours)"
theirs >"$T_TMP/now"
t_true "and the rules of others are as they were" \
	cmp "$T_TMP/theirs" "$T_TMP/now"

# ---- without ebtables
rm /etc/alternatives/ebtables
ip link set tap0 master br0 up
helper up tap0 2>"$T_TMP/err" && t_fail "no ebtables" "up succeeds"
t_is "no ebtables: what is said" "there is no ebtables in /usr/sbin or /sbin, which backend = xtables needs
tap0 is closed, set down and in no bridge, until an up succeeds
rules of tap0, if any, could not be removed" "$(sed 's/^tapfilter-helper: //' "$T_TMP/err")"
t_is "no ebtables: it is closed" "down " "$(flags tap0) $(port_of tap0)"
t_done
