# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of up, down and reload, after lib.sh, in a namespace of their own,
# with what tap.sh has:
#
#   up_setup              bridge br0 with a port p0 whose peer is p1, tap0, a
#                         configuration, a profile and the domain of tap0;
#                         T_STATE is where the records will be
#   up_bridge BRIDGE      one more, down, for the same rules
#   up_domain TAP BRIDGE [REFERENCE...]
#                         write the domain file that claims TAP
#   helper ARG...         run tapfilter-helper with that configuration
#   bring TAP             put it into br0, and filter it there
#   mac_of DEVICE
#   number_of DEVICE      its interface number
#   numbered TAP NUMBER   make a tap that has this number, which is free
#   with PLACES           is that what carries the rules? see place.sh
#   meddle WHAT TAP       see meddle.sh

# Used by those that source this
# shellcheck disable=SC2034
GUEST=52:54:00:00:00:01
# shellcheck disable=SC2034
OTHER=52:54:00:00:00:02

# shellcheck source=test/tap.sh
. "$TF_TOP/test/tap.sh"
# shellcheck source=test/meddle.sh
. "$TF_TOP/test/meddle.sh"

up_setup() {
	t_need_root
	t_need ip nft bridge
	t_tmp
	mkdir "$T_TMP/profiles" "$T_TMP/domains"
	T_STATE=$T_TMP/state/net-$("$TF_BUILD/test/netns/netns_cookie")
	cat >"$T_TMP/conf" <<EOF
[tapfilter]
template-path = $T_TMP/profiles
domain-dir = $T_TMP/domains
state-dir = $T_TMP/state
EOF
	place_conf >>"$T_TMP/conf"
	up_profile own-mac THIS_MAC
	ip link set lo up
	ip link add br0 type bridge mcast_snooping 0
	place_setup "$T_TMP/profiles"
	ip link add p0 type veth peer name p1
	ip link set p0 master br0
	for up_i in br0 p0 p1; do
		ip link set "$up_i" up
	done
	ip tuntap add tap0 mode tap
	up_domain tap0 br0 own-mac
}

# up_profile NAME MAC: let out what comes from MAC and nothing else
up_profile() {
	cat >"$T_TMP/profiles/$1.xml" <<EOF
<FilterPool name='$1'>
  <FilterEntry>
    <Action>ACCEPT</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrSrcMACAddr8021>$2</HdrSrcMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
  </FilterEntry>
</FilterPool>
EOF
}

up_bridge() {
	ip link add "$1" type bridge mcast_snooping 0
	! with state || place_shows "$1"
}

up_domain() {
	up_file=$T_TMP/domains/of-$1.xml
	{
		printf '<domain><name>%s</name>' "guest-$1"
		printf '<uuid>00112233-4455-6677-8899-aabbccddeeff</uuid>'
		printf "<devices><interface type='bridge'>"
		printf "<mac address='%s'/>" "$GUEST"
		[ -z "$2" ] || printf "<source bridge='%s'/>" "$2"
		printf "<target dev='%s'/>" "$1"
		shift 2
		# shellcheck disable=SC2046 # words
		[ $# -eq 0 ] || set -- "$@" $(place_profiles)
		[ $# -eq 0 ] || printf '<firewall>'
		for up_i; do
			printf "<reference profile='%s'/>" "$up_i"
		done
		[ $# -eq 0 ] || printf '</firewall>'
		printf '</interface></devices></domain>\n'
	} >"$up_file.new"
	mv "$up_file.new" "$up_file"
}

# bring TAP: as libvirt does, in its bridge and up before it is filtered
bring() {
	ip link set "$1" master br0 up
	helper up --no-link "$1"
}

helper() {
	"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@"
}

number_of() {
	ip -o link show "$1" | cut -d: -f1
}

# In a namespace of its own, whose devices are numbered from the beginning; a
# device that is moved keeps its number where that is free.
numbered() {
	# shellcheck disable=SC2016
	unshare -n sh -c '
		number=0
		while [ "$number" -lt "$2" ]; do
			[ "$number" = 0 ] || ip link del "$1"
			ip tuntap add "$1" mode tap
			number=$(ip -o link show "$1" | cut -d: -f1)
		done
		ip link set "$1" netns "$3"' sh "$1" "$2" $$
	[ "$(number_of "$1")" = "$2" ]
}

mac_of() {
	ip -o link show "$1" | sed -n 's/.*link\/ether \([^ ]*\) .*/\1/p'
}
