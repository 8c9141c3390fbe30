#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The units of conf/: systemd takes them, and what they run puts rules back.
# The commands are read from the units and run in turn, as systemd does.
#
# Runs also with: xtables state xtables-state ingress
set -u
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/setuid.sh
. "$TF_TOP/test/setuid.sh"
t_need_root
t_need nft ip bridge systemd-analyze systemd-cat
NFTABLES=/usr/lib/systemd/system/nftables.service
if [ ! -f "$NFTABLES" ]; then
	t_skip "units" "nftables has no unit here"
	t_done
fi
t_ns "$@"
su_setup

# ---- systemd takes them ------------------------------------------------------
# What is not installed, or not running, stands in.
mkdir "$T_TMP/bin" "$T_TMP/sbin" "$T_TMP/units"
cp "$TF_BUILD/tapfilter" "$T_TMP/sbin/"
for i in systemd-cat firewall-cmd; do
	cat >"$T_TMP/bin/$i" <<-END
	#!/bin/sh
	echo "$i" >>$T_TMP/called
	[ "\$1" != -t ] || { shift 2 && exec "\$@"; }
	END
	chmod 755 "$T_TMP/bin/$i"
done
for i in bin sbin; do
	mount -t overlay -o "lowerdir=$T_TMP/$i:/usr/$i" overlay "/usr/$i" ||
		exit 1
done
cp -r "$TF_TOP"/conf/*.service "$TF_TOP"/conf/*.timer \
	"$TF_TOP"/conf/*.service.d "$NFTABLES" "$T_TMP/units/"
cat >"$T_TMP/units/firewalld.service" <<'END'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecReload=/bin/true
END

# analyze UNIT: what systemd has to say about it
analyze() {
	SYSTEMD_UNIT_PATH=$T_TMP/units: systemd-analyze verify --man=no "$1" \
		2>&1 || echo "status $?"
}

for i in tapfilter-restore.service tapfilter-verify.service \
	tapfilter-verify.timer nftables.service firewalld.service; do
	t_is "systemd-analyze verify $i" "" "$(analyze "$i")"
done
sed 's|sbin/tapfilter|sbin/no-tapfilter|' \
	"$TF_TOP/conf/tapfilter-restore.service" >"$T_TMP/units/other.service"
t_true "... says when a program is not there" sh -c \
	'echo "$1" | grep -q /usr/sbin/no-tapfilter' sh "$(analyze other.service)"

# ---- what they run -----------------------------------------------------------
# run UNIT KEY: its commands of that kind; the status of the first that fails
# and may not
run() {
	cat "$T_TMP/units/$1" "$T_TMP/units/$1.d/tapfilter.conf" 2>/dev/null |
		sed -n "s/^$2=//p" >"$T_TMP/commands"
	while read -r u_command; do
		# shellcheck disable=SC2086 # words, without quotes
		case $u_command in
		-*) ${u_command#-} || : ;;
		*) $u_command || return ;;
		esac
	done <"$T_TMP/commands" >/dev/null 2>"$T_TMP/err"
}

# state: of a foreign frame and an honest one, and of the host's own rules
state() {
	echo "$(probe al-0 "$OTHER") $(probe al-0 "$GUEST")" \
		"$(nft list tables | grep -c "inet host")"
}

cat >/etc/nftables.conf <<'END'
flush ruleset
table inet host {
}
END
# Names the foreign address, and pins none: the bridge has no part in it.
cat >/etc/tapfilter/profiles/no-other.xml <<END
<FilterPool name='no-other'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrSrcMACAddr8021>$OTHER</HdrSrcMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
</FilterPool>
END
place_can unpinned && profile=no-other || profile=own-mac
su_domain lab-web al-0 lab-web $profile
su_tap al-0
t_true "up" "$HELPER" up al-0
t_is "up: its frames" "drop pass 0" "$(state)"
# which would keep the foreign frame out by itself
bridge link set dev al-0 locked off
# What the hooks are for; a test that cannot fail shows nothing
nft -f /etc/nftables.conf
t_is "without a hook: its frames" "pass pass 1" "$(state)"
t_true "restore" run tapfilter-restore.service ExecStart
t_is "restore: its frames" "drop pass 1" "$(state)"
for i in Start Reload Stop; do
	nft flush ruleset
	t_true "nftables.service, Exec$i" run nftables.service "Exec$i"
	[ "$i" = Reload ] || run nftables.service "Exec${i}Post"
	t_is "nftables.service, Exec$i: its frames" \
		"drop pass $([ "$i" = Stop ] && echo 0 || echo 1)" "$(state)"
	nft flush ruleset
	: >"$T_TMP/called"
	[ "$i" = Stop ] || run firewalld.service "Exec$i"
	[ "$i" = Reload ] || run firewalld.service "Exec${i}Post"
	t_is "firewalld.service, Exec$i: its frames" "drop pass 0" "$(state)"
done
nft flush ruleset
: >"$T_TMP/called"
run firewalld.service ExecReload
t_is "firewalld has answered before rules are put back" \
	"firewall-cmd systemd-cat" "$(paste -s -d ' ' "$T_TMP/called")"

nft flush ruleset
place_can unpinned || bridge link set dev al-0 locked on
t_true "tapfilter-verify.service" run tapfilter-verify.service ExecStart
t_is "tapfilter-verify.service: its frames" "drop pass 0" "$(state)"

# ---- a tap that cannot be restored -------------------------------------------
: >"$(find /run/tapfilter -type f -name al-0)"
wipe
nft -f /etc/nftables.conf
t_true "a damaged record: nftables.service starts" \
	run nftables.service ExecStartPost
t_is "a damaged record: the tap is closed" "down " \
	"$(flags al-0) $(port_of al-0)"
t_false "a damaged record: a reload says so" run nftables.service ExecReload
t_is "a damaged record: the host's rules are there" 1 \
	"$(nft list tables | grep -c "inet host")"
t_done
