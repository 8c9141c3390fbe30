#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the Debian packages that building and testing need; silent and
# quick when all are there.
set -eu

# compiler, libraries
packages="gcc make libc6-dev libxml2-dev libnftnl-dev libmnl-dev libinih-dev"
packages="$packages libcap-ng-dev libjansson-dev libip4tc-dev libip6tc-dev"
# unit and golden tests, fuzzing
packages="$packages libcmocka-dev libxml2-utils clang libclang-rt-14-dev"
packages="$packages python3-jsonschema python3-prometheus-client bsdutils"
# lint
packages="$packages clang-format clang-tidy cppcheck shellcheck mandoc"
# tests with real frames, the demo, the benchmarks
packages="$packages iproute2 nftables iptables ebtables procps strace systemd"
# tests with a virtual machine
packages="$packages qemu-system-x86 xz-utils lz4 busybox-static"
# tests with libvirt: without libvirt-daemon-system, which has the services
packages="$packages libvirt-daemon libvirt-clients"
# the package: built, installed in a fresh Debian and used there
packages="$packages build-essential debhelper lintian debootstrap"
packages="$packages systemd-container apparmor"

missing() {
	# shellcheck disable=SC2086 # a list of words
	dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages \
		2>/dev/null | awk -v want="$packages" '
		$2 == "installed" { have[$1] = 1 }
		END {
			n = split(want, name, " ")
			for (i = 1; i <= n; i++)
				if (!(name[i] in have))
					printf "%s%s", sep++ ? " " : "", name[i]
		}'
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps: this is not Debian; install the like of: $packages" >&2
	exit 0
fi
need=$(missing)
[ -n "$need" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: as root, run: apt-get install --no-install-recommends" \
		"$need" >&2
	exit 1
fi
echo "deps: installing $need"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # a list of words
apt_install() {
	apt-get -qq -y install --no-install-recommends $need >/dev/null
}
if ! apt_install 2>/dev/null; then
	apt-get -qq update
	apt_install
fi
need=$(missing)
if [ -n "$need" ]; then
	echo "deps: still missing: $need" >&2
	exit 1
fi
