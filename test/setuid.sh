# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the helper installed setuid, after lib.sh, in namespaces of their
# own:
#
#   su_setup             an installation of its own in /etc, /run, /dev and
#                        /usr/libexec/tapfilter of this mount namespace, with
#                        bridge br0, ports p0 and p1, the domain "lab-web" of
#                        tap al-0, and the user alice (uid 64901)
#   su_conf [LINE...]    write tapfilter.conf: these lines follow [tapfilter]
#   su_domain FILE TAP [NAME] [PROFILE] [MAC] [BRIDGE]
#                        write a domain file
#   su_tap TAP [UID]     make a persistent tap, of alice's without UID
#   as UID COMMAND...    run it as that user, in no group but his own
#   alice ARG...         run tapfilter-helper as alice; status in $rc, standard
#                        error in $err

ALICE=64901
BOB=64902
# shellcheck disable=SC2034 # for those that source this
GUEST=52:54:00:00:00:01
# shellcheck disable=SC2034
OTHER=52:54:00:00:00:02
HELPER=/usr/libexec/tapfilter/tapfilter-helper

su_setup() {
	t_need_root
	t_need ip nft bridge setpriv
	t_tmp
	mount -t tmpfs -o mode=755 tmp "$T_TMP"
	trap 'umount -R -l "$T_TMP"; rm -rf "$T_TMP"' EXIT
	su_files
	su_net
	su_conf
	su_profile own-mac THIS_MAC
	su_domain lab-web al-0 lab-web
}

# Everything that is written is on file systems that go with the namespace.
su_files() {
	mkdir "$T_TMP/etc" "$T_TMP/dev"
	cp -a /etc/. "$T_TMP/etc/"
	mount --bind "$T_TMP/etc" /etc
	t_users
	mount -t tmpfs -o mode=755 run /run
	mount -t tmpfs -o mode=755 libexec /usr/libexec
	mkdir /usr/libexec/tapfilter
	cp "$TF_BUILD/tapfilter-helper" "$TF_BUILD/tapfilter-resolve" \
		"$TF_TOP/hooks/qemu-ifup" "$TF_TOP/hooks/qemu-ifdown" \
		/usr/libexec/tapfilter
	chmod 755 /usr/libexec/tapfilter/*
	chmod 4755 "$HELPER"
	mount -t tmpfs -o mode=755 dev "$T_TMP/dev"
	mkdir "$T_TMP/dev/net"
	mknod -m 666 "$T_TMP/dev/null" c 1 3
	mknod -m 666 "$T_TMP/dev/zero" c 1 5
	mknod -m 666 "$T_TMP/dev/full" c 1 7
	mknod -m 666 "$T_TMP/dev/urandom" c 1 9
	mknod -m 666 "$T_TMP/dev/net/tun" c 10 200
	mount --move "$T_TMP/dev" /dev
	rm -rf /etc/tapfilter
	mkdir -m 755 /etc/tapfilter /etc/tapfilter/profiles \
		/etc/tapfilter/domains
}

su_net() {
	ip link set lo up
	ip link add br0 type bridge mcast_snooping 0
	ip link add p0 type veth peer name p1
	ip link set p0 master br0
	for su_i in br0 p0 p1; do
		ip link set "$su_i" up
	done
}

su_conf() {
	{
		echo '[tapfilter]'
		echo 'template-path = /etc/tapfilter/profiles'
		if [ $# -eq 0 ]; then
			cat <<-END
			[acl alice]
			uid = $ALICE
			op = up, down, reload, bridge
			domain = lab-web, lab-db
			tap = al-#, tf#
			bridge = br0
			END
		fi
		for su_i; do
			printf '%s\n' "$su_i"
		done
	} >/etc/tapfilter/tapfilter.conf
	chmod 644 /etc/tapfilter/tapfilter.conf
}

# su_profile NAME MAC: let out what comes from MAC and nothing else
su_profile() {
	cat >"/etc/tapfilter/profiles/$1.xml" <<EOF
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
	chmod 644 "/etc/tapfilter/profiles/$1.xml"
}

su_domain() {
	{
		printf '<domain><name>%s</name>' "${3:-$1}"
		printf '<uuid>00112233-4455-6677-8899-aabbccddeeff</uuid>'
		printf "<devices><interface type='bridge'>"
		printf "<mac address='%s'/>" "${5:-$GUEST}"
		printf "<source bridge='%s'/>" "${6:-br0}"
		[ -z "$2" ] || printf "<target dev='%s'/>" "$2"
		printf "<firewall><reference profile='%s'/></firewall>" \
			"${4:-own-mac}"
		printf '</interface></devices></domain>\n'
	} >"/etc/tapfilter/domains/$1.xml"
	chmod 644 "/etc/tapfilter/domains/$1.xml"
}

su_tap() {
	ip tuntap add "$1" mode tap user "${2:-$ALICE}"
}

as() {
	as_uid=$1
	shift
	setpriv --reuid="$as_uid" --regid="$as_uid" --clear-groups \
		--inh-caps=-all "$@"
}

alice() {
	rc=0
	as "$ALICE" "$HELPER" "$@" >/dev/null 2>"$T_TMP/err" </dev/null || rc=$?
	err=$(cat "$T_TMP/err")
}

probe() {
	"$TF_BUILD/test/netns/tap_probe" "$1" p1 "$GUEST" "$2"
}

chains() {
	nft list ruleset | grep -c "^	chain $1-\(in\|out\) "
}

port_of() {
	ip -o link show "$1" | sed -n 's/.* master \([^ ]*\) .*/\1/p'
}

flags() {
	case $(ip -o link show "$1") in
	*[,\<]UP[,\>]*) echo up ;;
	*) echo down ;;
	esac
}
