#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# create, update, destroy, create-from, list: what each does to the files, and
# what each refuses.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/pool.sh"
t_ns "$@"
PYTHON=/usr/bin/python3
t_need setpriv "$PYTHON"
pool_setup
new=$T_TMP/new.xml

# ---- create ------------------------------------------------------------------
drop_arp no-arp >"$new"
(umask 077 && tf create "$new") || t_fail "create" "failed"
t_is "create takes the name from the file" "$(cat "$new")" \
	"$(cat "$OWN/no-arp.xml")"
t_is "the resolver can read it, whatever the mask" 644 \
	"$(stat -c %a "$OWN/no-arp.xml")"
t_is "and nothing else is left there" "no-arp.xml own-mac.xml" \
	"$(find "$OWN" -mindepth 1 -printf '%f\n' | sort | xargs)"
same "create of one that is there" tf create "$new"
says "it says what would do" "*no-arp.xml already: update*edit*"

drop_arp bad >"$T_TMP/bad.xml"
sed -i 's/DROP/DRIP/' "$T_TMP/bad.xml"
same "create of a file with a fault" tf create "$T_TMP/bad.xml"
says "it names the file, the line and the word" "*/bad.xml:3: *'DRIP'*"
drop_arp bad | sed 's/DROP/ACCEPT/' >"$T_TMP/bad.xml"
same "create of one that filters nothing" tf create "$T_TMP/bad.xml"
echo "<FilterPool name='bad'><reference profile='nowhere'/></FilterPool>" \
	>"$T_TMP/bad.xml"
same "create of one that references nothing" tf create "$T_TMP/bad.xml"
says "it names what is missing" "*there is no profile 'nowhere'*"
drop_arp 'a b' >"$T_TMP/bad.xml"
same "create under a name that cannot be" tf create "$T_TMP/bad.xml"
says "it quotes the name" "*name='a b'*"
drop_arp ../no-arp >"$T_TMP/bad.xml"
same "create beside the directory" tf create "$T_TMP/bad.xml"
echo "name='x'" >"$T_TMP/bad.xml"
same "create of what is no XML" tf create "$T_TMP/bad.xml"
: >"$T_TMP/bad.xml"
same "create of an empty file" tf create "$T_TMP/bad.xml"
same "create of a directory" tf create "$T_TMP"
same "create of no file" tf create "$T_TMP/none.xml"
ends 2 "create without a file" tf create
ends 2 "create with an option" tf create --force

{
	echo '<?xml version="1.0"?>'
	echo "<!-- <FilterPool name='other'> -->"
	drop_arp first | sed "s/name='first'/xmlns:tf='urn:tapfilter:1'\\
	name = \"first\"/"
} >"$new"
ends 0 "create with a name that is hard to find" tf create "$new"
t_is "found" "$(cat "$new")" "$(cat "$OWN/first.xml")"

# ---- update ------------------------------------------------------------------
drop_arp no-arp | sed 's/<!--/&/;s/outgoing/incoming/' >"$new"
ends 0 "update" tf update "$new"
t_is "it is the new one" "$(cat "$new")" "$(cat "$OWN/no-arp.xml")"
drop_arp absent >"$T_TMP/absent.xml"
same "update of one that is not there" tf update "$T_TMP/absent.xml"
says "it says what would do" "*no profile absent: create makes it"
drop_arp ipv4-only >"$T_TMP/absent.xml"
same "update of one that is shipped" tf update "$T_TMP/absent.xml"
says "it says where that is" "*ipv4-only is in $SHIPPED*create makes it"
cat >"$T_TMP/all.xml" <<END
<FilterPool name='all'><reference profile='no-arp'/></FilterPool>
END
tf create "$T_TMP/all.xml"
echo "<FilterPool name='no-arp'><reference profile='all'/></FilterPool>" >"$new"
same "update to one that references itself" tf update "$new"
says "it names the chain" "*no-arp -> all -> no-arp*"
cat >"$T_TMP/all.xml" <<END
<FilterPool name='all'><reference profile='own-mac'/>
<reference profile='param' server='10.0.0.1'/></FilterPool>
END
drop_arp param | sed 's,<ARPFilter/>,<ARPFilter><SrcIPAddr>THIS_SERVER\
</SrcIPAddr></ARPFilter>,;s/param/param/' | tr -d '\n' >"$new"
tf create "$new"
tf update "$T_TMP/all.xml"
drop_arp param >"$new"
same "update to one that those that reference it cannot use" tf update "$new"
says "it names the reference" "*all.xml:2: *'server'*"
sed -i '/^state-dir/a default-profiles = own-mac no-arp' "$T_TMP/conf"
drop_arp no-arp | sed 's,<ARPFilter/>,<ARPFilter><SrcIPAddr>THIS_IP\
</SrcIPAddr></ARPFilter>,' >"$new"
same "update of a default profile to one that needs parameters" tf update "$new"
says "it says why" "*no-arp*"

# ---- destroy -----------------------------------------------------------------
same "destroy of a default profile" tf destroy no-arp
says "it says who uses it" "*no-arp is used by default-profiles"
sed -i '/^default-profiles/d' "$T_TMP/conf"
helper up tap0
same "destroy of one that a tap and a domain file use" tf destroy own-mac
says "it says which" "*own-mac is used by tap tap0 (guest-tap0), profile all, \
domain file of-tap0.xml"
helper down tap0
same "destroy of one that only files use" tf destroy own-mac
says "it says which of them" \
	"*own-mac is used by profile all, domain file of-tap0.xml"
mv "$T_TMP/domains/of-tap0.xml" "$T_TMP/away"
same "destroy of one that only a profile uses" tf destroy own-mac
says "it says which profile" "*own-mac is used by profile all"
ends 0 "destroy of the last user" tf destroy all
t_false "it has gone" test -e "$OWN/all.xml"
echo '<domain' >"$T_TMP/domains/broken.xml"
same "destroy when a domain file cannot be read" tf destroy own-mac
says "it says what must be corrected" "*broken.xml:2:*whether own-mac is used*"
rm "$T_TMP/domains/broken.xml"
mv "$T_TMP/away" "$T_TMP/domains/of-tap0.xml"
ends 0 "destroy of one that nobody uses" tf destroy no-arp
same "destroy of what is not there" tf destroy no-arp
same "destroy of a shipped one" tf destroy ipv4-only
says "it says that this is not done" "*ipv4-only is in $SHIPPED*not yours*"
ends 2 "destroy of a path" tf destroy ../conf
ends 2 "destroy of two" tf destroy first param

# ---- an override ---------------------------------------------------------------
drop_arp no-arp-spoofing >"$new"
ends 0 "create of one that is shipped, too" tf create "$new"
says "it says which one wins" "*$OWN/no-arp-spoofing.xml wins over*$SHIPPED*"
t_is "list says so" "$OWN
$SHIPPED (hidden by the one before)" \
	"$(tf list | sed -n 's/^no-arp-spoofing  *//p')"
ends 0 "destroy of the override" tf destroy no-arp-spoofing
says "it says what is in force again" "*no-arp-spoofing is the one in $SHIPPED*"
t_is "shipped files are not written" "" \
	"$(diff -r -x schema "$TF_TOP/templates" "$SHIPPED")"

# ---- create-from ---------------------------------------------------------------
ends 0 "create-from under the same name" tf create-from clean-traffic
t_true "a copy" cmp "$SHIPPED/clean-traffic.xml" "$OWN/clean-traffic.xml"
same "create-from when there is one already" tf create-from clean-traffic
ends 0 "create-from under a new name" tf create-from clean-traffic mine
t_is "only the name differs" "$(sed "s/FilterPool name='clean-traffic'/\
FilterPool name='mine'/" "$SHIPPED/clean-traffic.xml")" "$(cat "$OWN/mine.xml")"
ends 0 "create-from one of one's own" tf create-from first second
t_is "only the name differs, in a tag that has more" \
	"$(sed 's/"first"/"second"/' "$OWN/first.xml")" \
	"$(cat "$OWN/second.xml")"
same "create-from what is not there" tf create-from nowhere mine2
same "create-from to one that is there" tf create-from ipv4-only first
ends 2 "create-from to a path" tf create-from ipv4-only ../x

# ---- list ----------------------------------------------------------------------
helper up tap0
mkdir "$T_TMP/json"
tf list --json >"$T_TMP/json/list"
tf list --json --used >"$T_TMP/json/used"
for i in list used; do
	t_true "list --json, $i: as the schema says" "$PYTHON" -c '
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))
' "$T_TMP/json/$i" "$TF_TOP/test/golden/json/list.schema.json"
done
t_is "list --json --used: who uses it" \
	"{'taps': [{'tap': 'tap0', 'domain': 'guest-tap0'}], 'profiles': [], \
'default': False, 'domain_files': ['of-tap0.xml']}" "$("$PYTHON" -c '
import json, sys
print([p for p in json.load(sys.stdin) if p["name"] == "own-mac"][0]["used_by"])
' <"$T_TMP/json/used")"
t_is "list --used" "used by tap tap0 (guest-tap0)
used by domain file of-tap0.xml" \
	"$(tf list --used | sed -n '/^own-mac /,/^[^ ]/s/^  *//p')"
t_is "a hidden one is not used" "" \
	"$(tf list --used | sed -n '/hidden by/,/^[^ ]/s/^  *//p')"
ends 2 "list with another word" tf list used

# ---- who may, and where ----------------------------------------------------------
for i in "create $new" "update $new" "destroy first" "create-from first x" \
	"edit first" "list --used"; do
	# shellcheck disable=SC2086 # two words
	ends 3 "not for others than root: $i" setpriv --reuid=65534 \
		--regid=65534 --clear-groups --inh-caps=-all \
		/proc/self/fd/9 --config "$T_TMP/conf" $i 9<"$TF_BUILD/tapfilter"
done
cp "$T_TMP/conf" "$T_TMP/conf.old"
sed -i "s,^template-path.*,template-path = $SHIPPED," "$T_TMP/conf"
same "no directory but the shipped one" tf create "$new"
says "it says what to configure" "*template-path*template-path = *:$SHIPPED"
sed -i "s,^template-path.*,template-path = $SHIPPED:$OWN," "$T_TMP/conf"
same "the shipped one first" tf create "$new"
says "it says what to do" "*stands before $OWN: put that first*"
sed -i "s,^template-path.*,template-path = $T_TMP/none:$SHIPPED," "$T_TMP/conf"
same "no such directory" tf create "$new"
says "it says how to make it" "*install -d -m 0755 $T_TMP/none*"
mkdir -m 0777 "$T_TMP/none"
same "a directory that others can write" tf create "$new"
says "it says so" "*$T_TMP/none*must not be writable*"
cp "$T_TMP/conf.old" "$T_TMP/conf"

mount --bind "$OWN" "$OWN"
mount -o remount,ro,bind "$OWN"
for i in "create $new" "destroy first" "create-from first x"; do
	# shellcheck disable=SC2086 # two words
	same "read-only: $i" tf $i
	says "it says so: $i" "*cannot write to $OWN: Read-only file system"
done
umount "$OWN"

mkdir "$T_TMP/small"
mount -t tmpfs -o size=64k,mode=0755 small "$T_TMP/small"
cp "$OWN/first.xml" "$T_TMP/small/"
sed -i "s,$OWN,$T_TMP/small," "$T_TMP/conf"
OWN=$T_TMP/small
{
	drop_arp big
	printf '<!-- %040000d -->\n' 0
} >"$T_TMP/big.xml"
dd if=/dev/zero of="$OWN/fill" bs=4k count=8 2>/dev/null
same "a disk that is too small" tf create "$T_TMP/big.xml"
says "it says so" "*cannot write to $OWN: No space left*"
dd if=/dev/zero of="$OWN/fill" bs=4k 2>/dev/null
same "a full disk" tf create "$T_TMP/big.xml"
says "it says so, too" "*cannot write to $OWN: No space left*"
rm "$OWN/fill"
umount "$OWN"
t_done
