#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# make demo: the main job from beginning to end, in network and mount
# namespaces of its own; nothing of the host is changed.
set -eu

[ "${TF_NS:-}" ] || TF_NS=1 exec unshare -n -m "$0" "$@"

top=$(cd "$(dirname "$0")/.." && pwd)
bin=${TF_BUILD:-$top/build}
case $bin in
/*) ;;
*) bin=$top/$bin ;;
esac
# shellcheck source=test/lib.sh
. "$top/test/lib.sh"
t_users
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

title() {
	printf '\n\033[1m== %s\033[0m\n' "$*"
}

run() {
	printf '\033[1m$ %s\033[0m\n' "$*"
	"$@"
}

mkdir -m 0755 "$dir/domains"
cp "$top/conf/example-domain.xml" "$dir/domains/tap0.xml"
cat >"$dir/tapfilter.conf" <<-END
	[tapfilter]
	template-path = $top/templates
	domain-dir = $dir/domains
	state-dir = $dir/state
END
PATH=$bin:/usr/sbin:/usr/bin:/sbin:/bin
tf="tapfilter --config $dir/tapfilter.conf"

ip link set lo up
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip tuntap add dev tap0 mode tap

title "A guest's interface and the profiles that it references"
sed -n '/<interface/,/<.interface/p' "$dir/domains/tap0.xml"

title "What that means: every profile must accept the frame"
run $tf compile tap0 | cut -c 1-100

title "The tap as QEMU makes it: down, on no bridge"
run ip -br link show dev tap0

title "up: the rules first, then the link"
run $tf up tap0
run ip -br link show dev tap0
run ip -br link show master br0

title "The rules in the kernel, as nft lists them (cut off)"
nft list ruleset netdev | sed -n '1,28p' | cut -c 1-100
printf '    [%d rules in all]\n' "$(nft list ruleset netdev | grep -c comment)"

title "down: closed, off the bridge, the rules gone"
run $tf down tap0
run ip -br link show dev tap0
printf '    [%d rules]\n' "$(nft list ruleset netdev | grep -c comment)"

title "Does clean-traffic hold on this kernel? Attacks and honest frames"
run $tf selftest clean-traffic
