#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter-resolve: which profiles a domain or a profile references
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
t_tmp
cd "$T_TMP" || exit 1
mkdir profiles
cat >profiles/leaf.xml <<END
<FilterPool name='leaf'><FilterEntry><Action>DROP</Action>
<TrafficType>outgoing</TrafficType><ARPFilter/></FilterEntry></FilterPool>
END
cat >profiles/both.xml <<END
<FilterPool name='both'><reference profile='leaf'/><reference profile='idle'/>
</FilterPool>
END
sed 's/leaf/idle/;s/DROP/ACCEPT/' profiles/leaf.xml >profiles/idle.xml
cat >vm.xml <<END
<domain><name>vm</name><devices><interface type='bridge'>
<mac address='52:54:00:00:00:01'/>
<firewall><reference profile='both'/><reference profile='nowhere'/></firewall>
</interface></devices></domain>
END

# is NAME WANTED STATUS OPTION...: all that it says
is() {
	is_name=$1
	is_want="$2
status $3"
	shift 3
	rc=0
	said=$("$TF_BUILD/tapfilter-resolve" --template-dir=4:profiles "$@" \
		3<"$file" 4<profiles 2>&1) || rc=$?
	t_is "$is_name" "$is_want" "$said
status $rc"
}

file=vm.xml
is "of a domain, whether or not there are such profiles" "both
nowhere" 0 --domain=3:vm.xml --references
file=profiles/both.xml
is "of a profile" "leaf
idle" 0 --check=3:both.xml --references
file=profiles/leaf.xml
is "of a profile without any" "" 0 --check=3:leaf.xml --references
file=profiles/idle.xml
is "what filters nothing is not judged" "" 0 --check=3:idle.xml --references
is "a file of another name" \
	"other:1: name='idle' must be 'other', as the file is called" 1 \
	--check=3:other --name=other
t_true "the name that it has" sh -c \
	'"$1" --check=3:x --name=leaf 3<profiles/leaf.xml' sh \
	"$TF_BUILD/tapfilter-resolve"
is "a name that cannot be" "x: 'a b' cannot be the name of a profile: 1 to 48 \
of [A-Za-z0-9_.-] with a letter or digit first" 1 --check=3:x "--name=a b"
rm profiles/leaf.xml
file=profiles/both.xml
is "a profile that cannot be resolved" "both.xml:1: there is no profile \
'leaf': no file leaf.xml in profiles" 1 --check=3:both.xml --references
is "--name without --check" \
	"tapfilter-resolve: --name goes with --check only" 2 \
	--domain=3:x --name=leaf
is "--references of an index" "tapfilter-resolve: --references goes with a \
domain or with --check" 2 --index=4:profiles --references
t_done
