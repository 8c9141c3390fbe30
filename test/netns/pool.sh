#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A profile is updated under guests that run: all get the new rules, or none.
#
# Runs also with: xtables
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/pool.sh"
t_ns "$@"
t_need strace
pool_setup

# rules FILE MAC...: a profile own-mac that lets out what comes from these
rules() {
	r_file=$1
	shift
	{
		echo "<FilterPool name='own-mac'>"
		for r_i; do
			echo "<FilterEntry><Action>ACCEPT</Action>"
			echo "<TrafficType>outgoing</TrafficType><Hdr8021Filter>"
			echo "<HdrSrcMACAddr8021>$r_i</HdrSrcMACAddr8021>"
			echo "</Hdr8021Filter></FilterEntry>"
		done
		echo "<FilterEntry><Action>DROP</Action>"
		echo "<TrafficType>outgoing</TrafficType></FilterEntry>"
		echo "</FilterPool>"
	} >"$r_file"
}

old=$T_TMP/old.xml
new=$T_TMP/new.xml
rules "$old" THIS_MAC
rules "$new" THIS_MAC "$OTHER"
cp "$old" "$OWN/own-mac.xml"
for i in 1 2 3 4; do
	ip tuntap add "tap$i" mode tap
done
up_domain tap1 br0 wrapper
up_domain tap2 br0 other
up_domain tap3 br0 own-mac
up_domain tap4 br0 own-mac
up_profile other THIS_MAC
echo "<FilterPool name='wrapper'><reference profile='own-mac'/></FilterPool>" \
	>"$OWN/wrapper.xml"
for i in 0 1 2; do
	bring "tap$i" || t_fail "up tap$i" "failed"
done

# passes: for each tap, what becomes of a frame from $OTHER
passes() {
	for p_i in tap0 tap1 tap2 "$@"; do
		probe "$p_i" "$OTHER"
	done | xargs
}

# It takes long, and does not hang on the place.
many_domains() {
	# The XML of each stays open
	cp "$T_TMP/domains/of-tap1.xml" \
		"$T_TMP/guest-00112233-4455-6677-8899-aabbccddeeff"
	printf '#!/bin/sh\ncat %s-"$3"\n' "$T_TMP/guest" >"$T_TMP/virsh"
	for i in $(seq 20 59); do
		ip tuntap add "v$i" mode tap
		ip link set "v$i" master br0 up
		up_domain "v$i" br0 own-mac
		uuid=00112233-4455-6677-8899-aabbccddee$i
		sed "s/eeff/ee$i/" "$T_TMP/domains/of-v$i.xml" \
			>"$T_TMP/guest-$uuid"
		rm "$T_TMP/domains/of-v$i.xml"
		helper up --no-link --domain "$T_TMP/guest-$uuid" "v$i"
	done
	ends 0 "update with more guests than files may be open" \
		prlimit --nofile=40:256 "$TF_BUILD/tapfilter" \
		--config "$T_TMP/conf" update "$new"
	says "all have the new rules" "*own-mac: new rules for 42 taps"
	tf update "$old" >"$T_TMP/out"
	for i in $(seq 20 59); do
		helper down "v$i"
		ip link del "v$i"
	done
	# It must not keep an update, and with it all others, for ever.
	printf '#!/bin/sh\nexec sleep 100\n' >"$T_TMP/virsh"
	same "update when libvirt hangs" tf update "$new"
	says "it gives up" "*virsh did not give the XML of * within *"
}

# ---- what passes -----------------------------------------------------------------
t_is "before: the other address is dropped" "drop drop drop" "$(passes)"
ends 0 "update" tf update "$new"
says "it says how many taps have new rules" "own-mac: new rules for 2 taps"
t_is "those that use it let the other address out" "pass pass drop" \
	"$(passes)"
t_is "their links are as before" "up br0 up br0" \
	"$(flags tap0) $(port_of tap0) $(flags tap1) $(port_of tap1)"
t_true "all is as recorded" tf verify
ends 0 "update to the same" tf update "$new"
says "there is nothing to say" ""
tf update "$old" >"$T_TMP/out"
t_is "update back" "drop drop drop" "$(passes)"

# ---- one that cannot ---------------------------------------------------------------
rules "$T_TMP/ip.xml" THIS_MAC
sed -i 's,<FilterEntry><Action>DROP,<FilterEntry><Action>DROP</Action>\
<TrafficType>outgoing</TrafficType><ARPFilter><SrcIPAddr>THIS_IP</SrcIPAddr>\
</ARPFilter></FilterEntry>&,' "$T_TMP/ip.xml"
sed -i "s,profile='own-mac',& ip_address='10.0.0.1'," \
	"$T_TMP/domains/of-tap0.xml"
same "update that one tap cannot have" tf update "$T_TMP/ip.xml"
says "it says which, and why" "*'ip_address'*tap1 of guest-tap1 cannot have*"
t_is "none has new rules" "drop drop drop" "$(passes)"
sed -i "s/ ip_address='10.0.0.1'//" "$T_TMP/domains/of-tap0.xml"

mv "$T_TMP/domains/of-tap1.xml" "$T_TMP/away"
same "update when a tap's domain has gone" tf update "$new"
says "it says whose" "*tap1 of guest-tap1 cannot have*"
up_domain tap1 br0
same "update when a tap's domain references nothing any more" tf update "$new"
says "it says what to do" "*tap1: *tapfilter reload tap1*"
mv "$T_TMP/away" "$T_TMP/domains/of-tap1.xml"
t_is "none has new rules still" "drop drop drop" "$(passes)"

helper down tap1
ip link set tap1 master br0 up
helper up --no-link --domain "$T_TMP/domains/of-tap1.xml" tap1
same "update when libvirt cannot be asked" tf update "$new"
says "it says for which tap, and what to do" \
	"*tap1 of guest-tap1: *start libvirtd*"
t_is "none has new rules after that" "drop drop drop" "$(passes)"
printf '#!/bin/sh\n[ "$1 $3" = "dumpxml 00112233-4455-6677-8899-aabbccddeeff" ] \
&& cat %s\n' "$T_TMP/domains/of-tap1.xml" >"$T_TMP/virsh"
chmod +x "$T_TMP/virsh"
if [ -e /usr/bin/virsh ]; then
	mount --bind "$T_TMP/virsh" /usr/bin/virsh
	ends 0 "update when libvirt answers" tf update "$new"
	t_is "all have the new rules" "pass pass drop" "$(passes)"
	tf update "$old" >"$T_TMP/out"
	[ -n "${TF_PLACES:-}" ] || many_domains
	umount /usr/bin/virsh
else
	t_skip "update when libvirt answers" "virsh is not installed"
fi
helper down tap1
bring tap1

dd if=/dev/zero of="$T_STATE/tap1" bs=1 count=8 conv=notrunc 2>/dev/null
same "update when a record is damaged" tf update "$new"
says "it says which" "*tap1: its record is damaged: tapfilter up tap1*"
bring tap1

# ---- an override -------------------------------------------------------------------
mv "$OWN/own-mac.xml" "$SHIPPED/"
ends 0 "create of one that stands in for the one in use" tf create "$new"
says "all taps have it" "*own-mac: new rules for 2 taps"
t_is "and let the other address out" "pass pass drop" "$(passes)"
ends 0 "destroy, although it is used" tf destroy own-mac
t_is "taps have the rules of the shipped one" "drop drop drop" "$(passes)"
ends 0 "create-from" tf create-from own-mac
t_is "a copy changes nothing" "drop drop drop" "$(passes)"
EDITOR="cp $new" ends 0 "edit" tf edit own-mac
says "all taps have what was saved" "own-mac: new rules for 2 taps"
t_is "it is in force" "pass pass drop" "$(passes)"
rm "$SHIPPED/own-mac.xml"
tf update "$old" >"$T_TMP/out"

# ---- taps that come and go meanwhile -------------------------------------------------
if ! strace -o /dev/null -e inject=getuid:signal=KILL true 2>/dev/null; then
	t_skip "taps that come and go meanwhile" "strace cannot inject here"
	t_done
fi
# late: update, while for a second the file is about to be replaced
late() {
	rm -f "$T_TMP/trace"
	strace -o "$T_TMP/trace" -e trace=linkat,renameat \
		-e inject=linkat:delay_exit=1000000 \
		"$TF_BUILD/tapfilter" --config "$T_TMP/conf" update "$1" \
		>"$T_TMP/out" 2>&1 &
	late_pid=$!
	until grep -q '^linkat' "$T_TMP/trace" 2>/dev/null; do
		sleep 0.02
	done
}
late "$new"
bring tap3
wait "$late_pid"
t_is "a tap that came up with the old file: update ends well" 0 $?
t_is "it has the new rules, too" "pass pass drop pass" "$(passes tap3)"
t_true "and is counted" grep -q "new rules for 3 taps" "$T_TMP/out"
late "$old"
kill -TERM "$(pgrep -P "$late_pid")"
wait "$late_pid"
t_is "ended by a signal once it has begun: all have the new rules" \
	"drop drop drop drop" "$(passes tap3)"
ends 0 "the next update" tf update "$new"
says "it finds nothing that was cut short" "own-mac: new rules for 3 taps"
rules "$T_TMP/both.xml" "$OTHER" THIS_MAC
ip link set tap4 master br0 up
# Held when it has read the old file, and its record is not there yet
strace -o "$T_TMP/up.trace" -e trace=renameat \
	-e inject=renameat:delay_enter=1000000:when=1 "$TF_BUILD/tapfilter-helper" \
	--config "$T_TMP/conf" up --no-link tap4 &
up_pid=$!
until grep -q '^renameat' "$T_TMP/up.trace" 2>/dev/null; do
	sleep 0.02
done
ends 0 "update while a tap comes up" tf update "$T_TMP/both.xml"
wait "$up_pid"
says "that is waited for" "own-mac: new rules for 4 taps"
t_true "all is as the files say" tf verify
helper down tap4
# The other way round: it has read the new file, which is not to last
helper down tap3
tf update "$old" >"$T_TMP/out"
mkdir "$T_STATE/.tmp.tap0"
strace -o /dev/null -e trace=renameat \
	-e inject=renameat:delay_exit=1000000:when=1 "$TF_BUILD/tapfilter" \
	--config "$T_TMP/conf" update "$new" >"$T_TMP/out" 2>&1 &
late_pid=$!
until cmp -s "$new" "$OWN/own-mac.xml"; do
	sleep 0.02
done
bring tap3
wait "$late_pid"
t_is "an update that fails when a tap has come up" 1 $?
rmdir "$T_STATE/.tmp.tap0"
t_is "that has the old rules, too" "drop drop drop drop" "$(passes tap3)"
t_true "all is as the files say again" tf verify
late "$new"
helper down tap3
wait "$late_pid"
t_is "a tap that went: update ends well" 0 $?
t_is "the others have the new rules" "pass pass drop" "$(passes)"
t_done
