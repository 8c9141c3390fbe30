#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The examples of the manual pages, each literal block (.Bd -literal) in a
# section EXAMPLES: one that begins with "<" is a profile, a domain or a part of
# one, one that begins with "[" a configuration; all others are run by a shell,
# and every command must succeed.  They find an installation with the example
# configuration of tapfilter.conf(5); tap0 in br0, filtered by the example
# domain; the guest "web" of libvirt, whose vnet0 was plugged in; and the files
# web.xml, a domain, and my-profile.xml in the working directory.
#
# XML of other sections is checked as well, unless it is cut short by "...".
#
# At last the guide of README that takes five minutes, as it stands there, with
# another make, editor and QEMU.
#
# Runs also with: ingress
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/place.sh
. "$TF_TOP/test/place.sh"
t_ns "$@"
t_need_root
t_need make ip nft bridge xmllint
t_tmp
# What is mounted in here goes before it.
trap 'umount -R -l "$T_TMP"; rm -rf "$T_TMP"' EXIT
mount -t tmpfs -o mode=0755 tmp "$T_TMP"
WORK=$T_TMP/work
SCHEMA=$TF_TOP/templates/schema

# ---- what stands there ------------------------------------------------------------

# blocks PAGE: write each to $T_TMP/blocks/PAGE-LINE.SECTION
blocks() {
	awk -v to="$T_TMP/blocks/$(basename "$1")" '
		/^\.Sh / { section = tolower($2) }
		/^\.Bd -literal/ { file = to "-" NR "." section; next }
		/^\.Ed/ { file = ""; next }
		file {
			gsub(/\\&/, "")
			gsub(/\\-/, "-")
			gsub(/\\\(aq/, "\047")
			gsub(/\\e/, "\\")
			print >file
		}' "$1"
}

# kind FILE: xml, conf, shell or nothing
kind() {
	case $(head -n 1 "$1") in
	'<'*) grep -qF ... "$1" || echo xml ;;
	'['*) echo conf ;;
	*) [ "${1##*.}" != examples ] || echo shell ;;
	esac
}

mkdir "$T_TMP/blocks"
for page in "$TF_TOP"/man/*.[58]; do
	blocks "$page"
	t_true "$(basename "$page") has examples" sh -c \
		"ls '$T_TMP/blocks/$(basename "$page")'-*.examples"
done

# ---- where they are tried ------------------------------------------------------------
install_all() {
	make -s -C "$TF_TOP" -o all BUILD="$TF_BUILD" DESTDIR="$T_TMP/root" \
		install >"$T_TMP/install.log" 2>&1 || return 1
	mkdir "$T_TMP/etc"
	cp -a /etc/. "$T_TMP/etc/"
	rm -rf "$T_TMP/etc/libvirt" "$T_TMP/etc/tapfilter"
	cp -a "$T_TMP/root/etc/." "$T_TMP/etc/"
	mount --bind "$T_TMP/etc" /etc
	echo alice:x:64901:64901::/nonexistent:/bin/sh >>/etc/passwd
	echo alice:x:64901: >>/etc/group
	t_users
	mkdir -p "$T_TMP/root/usr/bin"
	cat >"$T_TMP/root/usr/bin/virsh" <<-END
	#!/bin/sh
	case "\$*" in
	*list*) echo web ;;
	*dumpxml*) cat '$T_TMP/live.xml' ;;
	*) exit 1 ;;
	esac
	END
	chmod 755 "$T_TMP" "$T_TMP/root/usr/bin/virsh"
	mount -t overlay usr -o "lowerdir=$T_TMP/root/usr:/usr" /usr
	mount -t tmpfs -o mode=0755 run /run
	mount -t sysfs sys /sys
	install -d -m 0770 -g tapfilter /run/tapfilter
}

network() {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	place_quiet
	ip link set lo up
	for n_i in br0 br-lab; do
		ip link add "$n_i" type bridge mcast_snooping 0
		ip link set "$n_i" up
	done
	for n_i in tap0 vnet0; do
		ip tuntap add "$n_i" mode tap
	done
	ip link set vnet0 master br0 up
}

interface() {
	echo "<interface type='bridge'><mac address='52:54:00:00:00:0$1'/>"
	echo "<source bridge='br0'/><target dev='$2'/>"
	echo "<alias name='ua-lan'/>$3</interface>"
}

domain() {
	echo "<domain type='kvm'><name>$1</name>"
	echo "<uuid>00000000-0000-4000-8000-000000000001</uuid>"
	echo "$2<devices>$3</devices></domain>"
}

files() {
	cp /usr/share/tapfilter/example-domain.xml \
		/etc/tapfilter/domains/tap0.xml
	domain web "<metadata><tf:firewall xmlns:tf='urn:tapfilter:1'>
		<tf:interface alias='ua-lan'><tf:reference
		profile='clean-traffic' ip_address='10.0.0.2'/></tf:interface>
		</tf:firewall></metadata>" "$(interface 2 vnet0)" >"$T_TMP/live.xml"
	for f_i in "$T_TMP"/blocks/tapfilter.conf.5-*.examples; do
		cp "$f_i" /etc/tapfilter/tapfilter.conf
		break
	done
	chmod 644 /etc/tapfilter/domains/tap0.xml
	chgrp tapfilter-parse /etc/tapfilter/domains
}

# Nothing of what an example did is there for the next one.
fresh() {
	rm -rf "$WORK" /etc/tapfilter/profiles
	mkdir "$WORK" /etc/tapfilter/profiles
	sed "s/'no-mac-spoofing'/'my-profile'/" \
		/usr/share/tapfilter/profiles/no-mac-spoofing.xml \
		>"$WORK/my-profile.xml"
	domain web '' "$(interface 1 tap0 "<firewall><reference
		profile='no-mac-spoofing'/></firewall>")" >"$WORK/web.xml"
	[ -e /sys/class/net/tap0 ] || ip tuntap add tap0 mode tap
	tapfilter down --no-link vnet0 && tapfilter up tap0
}

# ---- the trial -----------------------------------------------------------------------
run_shell() {
	(cd "$WORK" && EDITOR=true timeout 100 sh -eux "$1" </dev/null)
}

# What is no document is put into one.
as_document() {
	case $(head -n 1 "$1") in
	'<firewall'*) domain web '' "$(interface 1 tap1 "$(cat "$1")")" ;;
	'<metadata'*) domain web "$(cat "$1")" "$(interface 1 tap1)" ;;
	'<interface'*) domain web '' "$(cat "$1")" ;;
	*) cat "$1" ;;
	esac
}

run_xml() {
	as_document "$1" >"$WORK/document"
	x_name=$(xmllint --xpath 'string(/*/@name)' "$WORK/document")
	case $(xmllint --xpath 'name(/*)' "$WORK/document") in
	FilterPool)
		x_schema=filterpool
		x_file=/etc/tapfilter/profiles/$x_name.xml
		;;
	filter) x_schema='' x_file=/etc/tapfilter/profiles/$x_name.xml ;;
	*) x_schema=tapfilter-domain x_file=$WORK/domain.xml ;;
	esac
	mv "$WORK/document" "$x_file"
	tapfilter check "$x_file" || return 1
	[ -z "$x_schema" ] || xmllint --nonet --noout \
		--relaxng "$SCHEMA/$x_schema.rng" "$x_file"
}

if ! install_all; then
	t_fail "make install" "$(cat "$T_TMP/install.log")"
	t_done
fi
network
files
try() {
	t_try="$(basename "${1%.*}"): $2"
	case $2 in
	shell)
		t_true "$t_try: before it" fresh
		t_true "$t_try" run_shell "$1"
		;;
	conf) t_true "$t_try" tapfilter "--config=$1" check ;;
	xml) t_true "$t_try" run_xml "$1" ;;
	esac
}

# All others use the first of these.
for file in $(grep -l '^\[' "$T_TMP"/blocks/*); do
	[ "$(kind "$file")" != conf ] || try "$file" conf
done
[ "$T_FAILED" -eq 0 ] || t_done
fresh
# Domains may use the profiles that are examples, too.
for file in $(grep -l '^<FilterPool\|^<filter ' "$T_TMP"/blocks/*); do
	try "$file" "$(kind "$file")"
done
for file in $(grep -L '^<FilterPool\|^<filter ' "$T_TMP"/blocks/*); do
	[ "$(kind "$file")" != xml ] || try "$file" xml
done
for file in "$T_TMP"/blocks/*.examples; do
	[ "$(kind "$file")" != shell ] || try "$file" shell
done

# ---- README ---------------------------------------------------------------------------
guide() {
	sed -n '/^## Five minutes/,/^##* [^F]/s/^    //p' "$TF_TOP/README.md"
}

# QEMU calls its scripts with the name of the tap, and does as it is told by the
# line that follows.
stand_ins() {
	mkdir "$T_TMP/bin"
	for s_i in make editor; do
		ln -s /bin/true "$T_TMP/bin/$s_i"
	done
	cat >"$T_TMP/bin/qemu-system-x86_64" <<-'END'
	#!/bin/sh -eu
	for i; do
		case $i in
		tap,*) ;;
		*) continue ;;
		esac
		for j in $(echo "$i" | tr , ' '); do
			case $j in
			ifname=*) tap=${j#*=} ;;
			script=*) up=${j#*=} ;;
			downscript=*) down=${j#*=} ;;
			esac
		done
		test -x "$down"
		exec "$up" "$tap"
	done
	exit 1
	END
	chmod 755 "$T_TMP/bin/qemu-system-x86_64"
}

stand_ins
tapfilter down tap0
rm -f /etc/tapfilter/domains/*
cp "$T_TMP/root/etc/tapfilter/tapfilter.conf" /etc/tapfilter/tapfilter.conf
ip link del br0
guide >"$T_TMP/guide"
t_is "README: the guide is found" 1 "$(grep -c '^tapfilter verify' "$T_TMP/guide")"
t_true "README: the guide" env "PATH=$T_TMP/bin:$PATH" timeout 100 \
	sh -eux "$T_TMP/guide"
t_is "README: and what came of it" 'tap0 filtered' \
	"$(tapfilter status | sed -n 's/^\(tap0 filtered\) .*/\1/p')"
t_done
