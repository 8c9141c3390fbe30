# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What carries the rules, for up.sh and setuid.sh.  TF_PLACES is empty, or says
# what is to carry them instead of the hooks of the tap: xtables (backend = xtables:
# ebtables), state (every guest has a profile with tf:State, too: nft bridge),
# xtables-state (ebtables and iptables), or ingress (there is no egress hook, and
# every guest has a profile for what comes to it: nft bridge and ingress).  A
# program says in its head which of these it runs with, too; see test/run.
#
#   with PLACES          is that what carries the rules?
#   place_can WHAT       is it possible with what carries the rules?
#                          bridgeless  a tap in no bridge is filtered
#                          learning    its port may learn
#                          device      rules are of a device, not of a name
#                          counting    counters outlive a change of other rules
#                          unpinned    no profile has to pin the guest's address
#   place_setup DIR      once there is br0: what it takes; ends the program if the
#                        kernel has not got it.  Profiles go to DIR
#   place_conf           the lines of the configuration
#   place_profiles       what every guest has beside its own
#   place_shown          br0 hands packets over to connection tracking and to
#                        iptables; ends the program if the kernel cannot
#   place_shows BRIDGE   so does a later one
#   place_quiet          no bridge does unless its own settings say so
#   place_incoming DIR   a profile "incoming" for what comes to a guest

with() {
	case ${TF_PLACES:-} in
	*"$1"*) return 0 ;;
	*) return 1 ;;
	esac
}

# Programs beneath it find no egress hook.
! with ingress || [ -n "${TF_NO_EGRESS:-}" ] ||
	TF_NO_EGRESS=1 exec "$TF_BUILD/test/netns/no_egress" "$0" "$@"

# What tapfilter-profile(5) says of places, in section PLACES
place_can() {
	case $1 in
	bridgeless) [ -z "${TF_PLACES:-}" ] ;;
	learning) ! with xtables && ! with state ;;
	counting | device) ! with xtables ;;
	unpinned) ! with state ;;
	*) false ;;
	esac
}

place_setup() {
	! with xtables || t_need ebtables-save ebtables-restore
	! with state || place_shown
	! with state || place_state "$1"
	! with ingress || place_incoming "$1"
}

place_conf() {
	! with xtables || echo "backend = xtables"
}

place_profiles() {
	! with state || echo state
	! with ingress || echo incoming
}

place_shows() {
	ip link set "$1" type bridge nf_call_iptables 1 nf_call_ip6tables 1
}

place_quiet() {
	for place_i in iptables ip6tables; do
		[ ! -e "/proc/sys/net/bridge/bridge-nf-call-$place_i" ] ||
			sysctl -qw "net.bridge.bridge-nf-call-$place_i=0"
	done
}

place_shown() {
	place_quiet
	place_why=
	[ -e /proc/sys/net/bridge ] || place_why="no br_netfilter"
	! with xtables || for place_i in iptables ip6tables; do
		"$place_i-legacy" -t mangle -S >/dev/null 2>&1 ||
			place_why="no legacy x_tables"
	done
	if [ -n "$place_why" ]; then
		t_skip "$(basename "$0")" "the kernel has $place_why"
		t_done
	fi
	place_shows br0
}

# place_state DIR: a profile with tf:State, and what it leans on
place_state() {
	cat >"$1/state.xml" <<EOF
<FilterPool name='state' xmlns:tf='urn:tapfilter:1'>
  <reference profile='no-ip'/>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>incoming</TrafficType>
    <IPHeadersFilter><HdrIPVersion>4</HdrIPVersion></IPHeadersFilter>
    <tf:State>new invalid</tf:State>
  </FilterEntry>
</FilterPool>
EOF
	cat >"$1/no-ip.xml" <<EOF
<FilterPool name='no-ip' xmlns:tf='urn:tapfilter:1'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter><tf:InnerProtocolID>ipv4</tf:InnerProtocolID></Hdr8021Filter>
  </FilterEntry>
</FilterPool>
EOF
	chmod 644 "$1/state.xml" "$1/no-ip.xml"
}

place_incoming() {
	place_quiet
	cat >"$1/incoming.xml" <<EOF
<FilterPool name='incoming'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>incoming</TrafficType>
    <Hdr8021Filter>
      <HdrSrcMACAddr8021>52:54:00:00:99:99</HdrSrcMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
</FilterPool>
EOF
	chmod 644 "$1/incoming.xml"
}
