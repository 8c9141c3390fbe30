#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What runs inside the guest of test/vm/run.sh, under Debian's own kernel:
# up and down, what that kernel does with the chains of a device that has
# gone, the self-test of every shipped profile, the tests with real frames.
set -u

# shellcheck source=test/lib.sh
. "$TF_TOP/test/lib.sh"

HELPER=$TF_BUILD/tapfilter-helper
ADMIN=$TF_BUILD/tapfilter
CONF=/tmp/vm/tapfilter.conf

helper() {
	"$HELPER" --config "$CONF" "$@"
}

set_up() {
	t_users
	modprobe -a tun bridge veth nf_tables nf_conntrack_bridge
	mkdir -p /tmp/vm/domains
	cat >"$CONF" <<-END
	[tapfilter]
	template-path = $TF_TOP/templates
	domain-dir = /tmp/vm/domains
	state-dir = /run/tapfilter
	END
	cat >/tmp/vm/domains/tap0.xml <<-END
	<domain><name>one</name>
	<uuid>3e1f1c5a-6c0d-4b7e-9a55-0f2d6c6f7a01</uuid>
	<devices><interface type='bridge'>
	<mac address='52:54:00:00:00:01'/>
	<source bridge='br0'/><target dev='tap0'/>
	<firewall><reference profile='clean-traffic-dual-stack'
	ip_address='10.0.0.1' ipv6_address='fd00::1'/></firewall>
	</interface></devices></domain>
	END
	ip link add br0 type bridge
	ip link set br0 up
	ip tuntap add dev tap0 mode tap
}

chains() {
	nft list chains netdev | grep -c 'chain tap0-'
}

record() {
	find /run/tapfilter -type f -name '*tap0*' ! -name '*lock*'
}

in_bridge() {
	[ "$(basename "$(readlink /sys/class/net/tap0/master)")" = br0 ] &&
		ip link show dev tap0 | grep -q '[<,]UP[,>]'
}

test_commands() {
	t_true "up" helper up tap0
	t_false "up: there are chains" [ "$(chains)" = 0 ]
	t_true "up: the tap is up and in its bridge" in_bridge
	t_true "nft lists the rules" nft list ruleset
	t_true "up again replaces" helper up tap0
	t_true "reload" helper reload tap0
	t_true "down" helper down tap0
	t_is "down: no chain is left" 0 "$(chains)"
	t_is "down: no record is left" "" "$(record)"
	t_false "down: the tap is out of the bridge" in_bridge
	t_true "down again" helper down tap0
}

# This kernel drops a netdev chain with its device; later ones keep it.
test_device_gone() {
	t_true "up before the tap goes" helper up tap0
	ip link delete tap0
	t_false "the kernel has dropped the base chains" \
		sh -c 'nft list ruleset | grep -q "device \"tap0\""'
	ip tuntap add dev tap0 mode tap
	t_true "up of a new tap of the same name" helper up tap0
	t_true "it is up and in its bridge" in_bridge
	ip link delete tap0
	t_true "down of a tap that has gone" helper down tap0
	t_is "nothing is left of it" 0 "$(chains)"
	t_is "nor a record" "" "$(record)"
}

# One result for each profile, from the last line of its table
test_profiles() {
	"$ADMIN" --config "$CONF" selftest >/tmp/vm/selftest.log 2>&1
	rc=$?
	sed -n 's/^\([^ ]*\)  *[0-9]* frames: .* \([0-9]*\) wrong$/\1 \2/p' \
		/tmp/vm/selftest.log >/tmp/vm/profiles
	while read -r name wrong; do
		t_is "selftest $name" 0 "$wrong"
	done </tmp/vm/profiles
	t_is "selftest: every shipped profile" \
		"$(find "$TF_TOP/templates" -name '*.xml' | wc -l)" \
		"$(wc -l </tmp/vm/profiles)"
	[ $rc = 0 ] || t_fail "selftest" "status $rc
$(tail -n 100 /tmp/vm/selftest.log)"
}

# A profile of every state, which the bridge's own connection tracking carries
test_states() {
	sed "s,^template-path = ,&$TF_TOP/test/netns:," "$CONF" \
		>/tmp/vm/states.conf
	t_true "selftest of a profile with states" \
		"$ADMIN" --config /tmp/vm/states.conf selftest connections
}

# Their results stand for themselves, under the name of the program.  Those
# that take a minute and more on an emulated processor are left out, or made
# short.
test_program() {
	log=/tmp/vm/log.${1#*/}
	read -r start rest </proc/uptime
	TF_SHORT=1 timeout 200 "$TF_TOP/test/$1.sh" >"$log" 2>&1
	rc=$?
	read -r end rest </proc/uptime
	{
		flock 9
		echo "# $1: from ${start%.*} s to ${end%.*} s"
		sed -n "s,^\(\(not \)*ok [0-9]* - \),\1$1: ,p" "$log"
		[ "$1" != netns/state ] ||
			t_true "$1 is about tracking at the bridge itself" \
				grep -q "nft bridge with connection tracking" \
				"$log"
		[ $rc = 0 ] || t_fail "$1" "status $rc
$(tail -n 40 "$log")"
	} 9>/tmp/vm/lock
}

# One behind the other
test_programs() {
	for name; do
		test_program "$name"
	done
}

uname -sr | sed 's/^/# /'
set_up
test_commands
test_device_gone
test_profiles
test_states
# Whoever reads the results numbers them anew.
# What loads and unloads the same modules is never at work at one time.
test_programs netns/up-down netns/reload &
test_programs vm/vlan
wait
test_programs netns/locked vm/ebtables &
test_programs netns/state netns/state-edges
wait
[ "$T_FAILED" = 0 ]
