# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For the benchmarks, after lib.sh, in namespaces of their own:
#
#   W                    a directory that goes at the end; RESULTS is in it
#   say TEXT, die TEXT   progress, with seconds
#   addresses NUMBER     sets MAC, IP, IP6 (as the C programs do)
#   domain FILE TAP NUMBER
#                        write $DOMAINS/FILE.xml; what it references is printed
#                        by the function references of the caller
#   quiet_netns NAME     a namespace without the kernel's own chatter, in which
#                        bridges do not hand packets to iptables
#   timed LABEL NETNS COMMAND...
#                        run and measure it

HELPER=$TF_BUILD/tapfilter-helper
TOOLS=$TF_BUILD/test/bench
START=$(date +%s)
W=$(mktemp -d) || exit 1
trap 'umount "$W"; rmdir "$W"' EXIT
mount -t tmpfs bench "$W"
RESULTS=$W/results
: >"$RESULTS"
mount -t tmpfs run /run
DOMAINS=$W/domains
mkdir "$DOMAINS"

say() {
	printf '%4d s  %s\n' $(($(date +%s) - START)) "$*" >&2
}

die() {
	say "failed: $*"
	exit 1
}

addresses() {
	MAC=$(printf '52:54:00:00:%02x:%02x' $(($1 / 256)) $(($1 % 256)))
	IP=10.0.$(($1 / 256)).$(($1 % 256))
	# shellcheck disable=SC2034
	IP6=$(printf 'fd00::%x' "$1")
}

domain() {
	addresses "$3"
	cat >"$DOMAINS/$1.xml" <<-END
	<domain type='kvm'>
	  <name>$1</name>
	  <uuid>$(printf '3e1f1c5a-6c0d-4b7e-9a55-%012x' "$3")</uuid>
	  <memory unit='MiB'>512</memory>
	  <devices>
	    <disk type='file' device='disk'><target dev='vda'/></disk>
	    <interface type='bridge'>
	      <mac address='$MAC'/>
	      <source bridge='br0'/>
	      <target dev='$2'/>
	      <firewall>
	        $(references)
	      </firewall>
	    </interface>
	  </devices>
	</domain>
	END
}

quiet_netns() {
	ip netns add "$1"
	ip netns exec "$1" sh -c '
		sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
			net.ipv6.conf.default.disable_ipv6=1
		sysctl -qw net.bridge.bridge-nf-call-iptables=0 \
			net.bridge.bridge-nf-call-ip6tables=0 \
			net.bridge.bridge-nf-call-arptables=0' 2>/dev/null
	ip -n "$1" link set lo up
}

timed() {
	timed_label=$1
	timed_ns=$2
	shift 2
	"$TOOLS/launch" -n "/run/netns/$timed_ns" -l "$timed_label" \
		-o "$RESULTS" "$@" || die "failed: $*"
}

# The kernel ends what a transaction removed some ms later, and the next one
# waits for it: let it be over, so that each command pays for itself.
settle() {
	sleep 0.08
}
