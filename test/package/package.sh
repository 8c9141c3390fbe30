#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian package: built, looked at by lintian, installed in a fresh Debian,
# used there by hand and beneath systemd, removed.
set -u
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/debian.sh"
deb_enter dpkg-buildpackage dh lintian debootstrap systemd-nspawn apt-get \
	dpkg-deb ip nft
GUEST=52:54:00:00:00:01
OTHER=52:54:00:00:00:02
HELPER=/usr/libexec/tapfilter/tapfilter-helper
DEB=/var/cache/tapfilter.deb

trap deb_clear EXIT
trap 'exit 1' HUP INT TERM

# ---- building ----------------------------------------------------------------

# A version without its Debian revision is the name of the upstream sources
build() {
	rm -rf "$DEB_WORK/src" &&
		mkdir -p "$DEB_WORK/src/tapfilter-$version" &&
		cd "$TF_TOP" &&
		cp -a CONTRIBUTING.md LICENSE Makefile README.md SECURITY.md \
			conf debian helper hooks man templates test \
			"$DEB_WORK/src/tapfilter-$version/" &&
		cd "$DEB_WORK/src" &&
		tar --exclude="tapfilter-$version/debian" -czf \
			"tapfilter_$version.orig.tar.gz" "tapfilter-$version" &&
		cd "tapfilter-$version" &&
		dpkg-buildpackage -us -uc -j2
}

version=$(dpkg-parsechangelog -l "$TF_TOP/debian/changelog" -S Version)
version=${version%-*}
t_is "the package's version is that of the Makefile" \
	"$(sed -n 's/^VERSION := //p' "$TF_TOP/Makefile")" "$version"
(deb_base) >"$DEB_WORK/base.log" 2>&1 &
base=$!
(build) >"$DEB_WORK/build.log" 2>&1
p_rc=$?
t_is "dpkg-buildpackage" 0 "$p_rc"
if [ "$p_rc" -ne 0 ]; then
	tail -n 30 "$DEB_WORK/build.log" | sed 's/^/# /'
	t_done
fi
t_true "the unit tests ran" grep -q '^[1-9][0-9]* passed, 0 failed' \
	"$DEB_WORK/build.log"
t_is "lintian: no error and no warning" "" "$(lintian --allow-root -I --pedantic \
	"$DEB_WORK"/src/*.changes 2>&1 | grep -v '^[IP]: ')"
deb=$(echo "$DEB_WORK"/src/tapfilter_*.deb)

wait "$base"
p_rc=$?
if [ "$p_rc" -ne 0 ] || ! deb_tree >>"$DEB_WORK/base.log" 2>&1; then
	t_skip "a fresh Debian" "$(tail -n 5 "$DEB_WORK/base.log")"
	t_done
fi

# ---- installing --------------------------------------------------------------

# unowned: the files of no package, but for what apt and dpkg keep for themselves
unowned() {
	(cd "$DEB_ROOT" && find . -xdev \( -path ./tmp -o -path ./var/lib/apt \
		-o -path ./var/lib/dpkg -o -path ./var/cache \
		-o -path ./var/log -o -path ./var/lib/systemd/timers \) \
		-prune -o ! -type d -printf '/%P\n') |
		sort >"$DEB_WORK/there"
	# Debian's /bin, /lib and /sbin are links to what is in /usr
	cat "$DEB_ROOT"/var/lib/dpkg/info/*.list |
		sed 's|^/\(bin\|lib\|lib64\|sbin\)/|/usr/\1/|' | sort -u |
		comm -23 "$DEB_WORK/there" -
}

mode_of() {
	deb_in stat -c '%a %U:%G' "$1"
}

dpkg_do() {
	deb_in dpkg --force-unsafe-io "$@" >"$DEB_WORK/dpkg.log" 2>&1
}

unowned >"$DEB_WORK/before"
cp "$deb" "$DEB_ROOT$DEB"
t_true "apt installs it, with what it depends on" deb_online \
	$DEB_ENV DEBIAN_FRONTEND=noninteractive chroot "$DEB_ROOT" apt-get -qq -y \
	-o APT::Sandbox::User=root install --no-install-recommends \
	$DEB
t_true "the users are there" deb_in getent passwd tapfilter tapfilter-parse
t_is "the helper is not setuid" "755 root:root" "$(mode_of $HELPER)"
t_is "the state directory" "2770 root:tapfilter" "$(mode_of /run/tapfilter)"
t_is "the domains are the resolver's" "750 root:tapfilter-parse" \
	"$(mode_of /etc/tapfilter/domains)"
t_is "enabled units" "tapfilter-restore.service" \
	"$(cd "$DEB_ROOT/etc/systemd/system" && find . -name 'tapfilter-*' \
		-printf '%f\n')"
t_true "nothing is where libvirt looks for hooks" \
	test ! -e "$DEB_ROOT/etc/libvirt"
t_is "the hooks find the helper" "qemu qemu-ifdown qemu-ifup" \
	"$(cd "$DEB_ROOT/usr/share/tapfilter/hooks" && echo *)"

# ---- by hand -----------------------------------------------------------------
# The example with a profile that pins no address: the bridge has no part in it.
domain() {
	sed "s/52:54:00:00:00:01/$GUEST/
		s/profile='clean-traffic' ip_address='10.0.0.1'/profile='no-other'/" \
		"$DEB_ROOT/usr/share/tapfilter/example-domain.xml" \
		>"$DEB_ROOT/etc/tapfilter/domains/tap0.xml"
	cat >"$DEB_ROOT/etc/tapfilter/profiles/no-other.xml" <<-END
	<FilterPool name='no-other'>
	<FilterEntry>
	<Action>DROP</Action> <TrafficType>outgoing</TrafficType>
	<Hdr8021Filter>
	<HdrSrcMACAddr8021>$OTHER</HdrSrcMACAddr8021>
	</Hdr8021Filter>
	</FilterEntry>
	</FilterPool>
	END
}

# probe MAC: what becomes of a frame from there
probe() {
	"$TF_BUILD/test/netns/tap_probe" tap0 p1 $GUEST "$1"
}

# filtered NAME: tap0 is
filtered() {
	t_is "$1" "pass drop" "$(probe $GUEST) $(probe $OTHER)"
}

deb_bridge
domain
t_true "tapfilter check" deb_in tapfilter check
t_true "tapfilter selftest" deb_in tapfilter selftest clean-traffic
ip tuntap add tap0 mode tap
t_true "QEMU's script" deb_in /usr/share/tapfilter/hooks/qemu-ifup tap0
filtered "QEMU's script: its rules"
t_true "tapfilter status" deb_in sh -c \
	'tapfilter status | grep -q "^tap0 *filtered "'
t_true "tapfilter verify" deb_in tapfilter verify tap0
t_true "QEMU's other script" deb_in /usr/share/tapfilter/hooks/qemu-ifdown tap0
t_is "QEMU's other script: the rules have gone" 0 \
	"$(nft list tables | grep -c tapfilter)"
cat >"$DEB_ROOT/tmp/guest.xml" <<'END'
<domain><name>g</name><uuid>00112233-4455-6677-8899-aabbccddeeff</uuid></domain>
END
t_true "libvirt's hook, for a guest that asks for nothing" deb_in sh -c \
	'/usr/share/tapfilter/hooks/qemu g start begin - </tmp/guest.xml'

# ---- setuid is the administrator's choice ------------------------------------
t_true "dpkg-statoverride" deb_in sh -c "groupadd -r kvm &&
	dpkg-statoverride --update --add root kvm 4750 $HELPER"
t_is "dpkg-statoverride: setuid" "4750 root:kvm" "$(mode_of $HELPER)"
dpkg_do -i $DEB
t_is "... also after the next installation" "4750 root:kvm" "$(mode_of $HELPER)"
deb_in dpkg-statoverride --remove $HELPER
dpkg_do -i $DEB
t_is "... and no more when it is taken back" "755 root:root" \
	"$(mode_of $HELPER)"

# ---- beneath systemd ---------------------------------------------------------
# damage: the record of tap0 says nothing any more
damage() {
	deb_booted sh -c ': >"$(find /run/tapfilter -type f -name tap0)"'
}

# timer NAME: nobody starts it but the administrator; an upgrade lets it go on, and
# it ends with the package
timer() {
	mv "$DEB_ROOT/usr/sbin/policy-rc.d" "$DEB_ROOT/usr/sbin/policy-rc.off"
	deb_booted dpkg -i $DEB >"$DEB_WORK/dpkg.log" 2>&1
	t_is "$1, after an installation" "disabled inactive" "$(timer_is)"
	t_true "$1: systemctl enable --now" \
		deb_booted systemctl enable --now tapfilter-verify.timer
	deb_booted dpkg -i $DEB >"$DEB_WORK/dpkg.log" 2>&1
	t_is "$1, after an upgrade" "enabled active" "$(timer_is)"
	deb_booted dpkg -r tapfilter >"$DEB_WORK/dpkg.log" 2>&1
	t_is "$1, after the package is removed" inactive \
		"$(deb_booted systemctl is-active tapfilter-verify.timer)"
	deb_booted dpkg -i $DEB >"$DEB_WORK/dpkg.log" 2>&1
	mv "$DEB_ROOT/usr/sbin/policy-rc.off" "$DEB_ROOT/usr/sbin/policy-rc.d"
}

timer_is() {
	for i in enabled active; do
		deb_booted systemctl is-$i tapfilter-verify.timer
	done | paste -s -d ' '
}

systemd() {
	t_is "systemd: no unit has failed" "" \
		"$(deb_booted systemctl --failed --plain --no-legend)"
	t_is "systemd: old records were cleared" "1 0" "$(
		deb_booted systemctl show -P ExecMainCode tapfilter-restore) $(
		deb_booted systemctl show -P ExecMainStatus tapfilter-restore)"
	deb_booted tapfilter up tap0
	nft flush ruleset
	t_is "systemd: a flush that nobody sees to" "pass pass" \
		"$(probe $GUEST) $(probe $OTHER)"
	for i in start reload restart stop; do
		t_true "systemctl $i nftables" deb_booted systemctl $i nftables
		filtered "systemctl $i nftables: the tap"
	done
	for i in restore verify; do
		nft flush ruleset
		t_true "systemctl start tapfilter-$i" \
			deb_booted systemctl start tapfilter-$i
		filtered "systemctl start tapfilter-$i: the tap"
	done
	timer "the timer"
	deb_booted systemctl start nftables
	damage
	t_false "a damaged record: systemctl reload nftables says so" \
		deb_booted systemctl reload nftables
	t_is "a damaged record: the tap is closed" down "$(probe $GUEST)"
	t_is "a damaged record: nftables itself is well" active \
		"$(deb_booted systemctl is-active nftables)"
	deb_booted rm -rf /run/tapfilter
	t_true "the state directory is made in the units' sandbox" \
		deb_booted systemctl start tapfilter-restore
	t_is "the state directory is as it was" "2770 root:tapfilter" \
		"$(deb_booted stat -c '%a %U:%G' /run/tapfilter)"
	deb_halt
}

if deb_boot; then
	systemd
else
	t_skip "systemd" "it does not boot here: $(tail -n 3 "$DEB_WORK/boot.log")"
	deb_shut
	deb_mounts
fi

# ---- removing ----------------------------------------------------------------
deb_in tapfilter up tap0
dpkg_do -i $DEB
filtered "an upgrade: a guest that runs"
t_true "an upgrade: the next command" deb_in tapfilter verify tap0
t_true "remove" dpkg_do -r tapfilter
filtered "remove: a guest that runs"
t_is "remove: what stays" \
	"domains/tap0.xml profiles/no-other.xml tapfilter.conf" \
	"$(cd "$DEB_ROOT/etc/tapfilter" && find . -type f -printf '%P\n' |
		sort | paste -s -d ' ')"
dpkg_do -i $DEB
t_true "purge" dpkg_do -P tapfilter
unowned >"$DEB_WORK/after"
t_is "purge: what stays is the administrator's" \
	"/etc/tapfilter/domains/tap0.xml /etc/tapfilter/profiles/no-other.xml" \
	"$(comm -13 "$DEB_WORK/before" "$DEB_WORK/after" | paste -s -d ' ')"
t_true "purge: the state directory has gone" test ! -e "$DEB_ROOT/run/tapfilter"
t_true "purge: the users stay, as Debian's policy has it" \
	deb_in getent passwd tapfilter tapfilter-parse
t_done
