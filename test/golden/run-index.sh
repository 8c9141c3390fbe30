#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tapfilter-resolve: the index of a domain directory, and its command line
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"

resolve=$TF_BUILD/tapfilter-resolve
t_tmp
cd "$T_TMP" || exit 1

# domain FILE NAME TAP...: a file with an interface for each tap
domain() {
	file=$1
	name=$2
	shift 2
	{
		echo "<domain><name>$name</name><devices>"
		for tap; do
			echo "<interface type='bridge'><target dev='$tap'/></interface>"
		done
		echo "</devices></domain>"
	} >"$file"
}

# index DIR [OPTION]: what the program says and its status
index() {
	rc=0
	said=$("$resolve" ${2:+"$2"} --index=5:"$1" 5<"$1" 2>&1) || rc=$?
	printf '%s\nstatus %d\n' "$said" "$rc"
}

# is NAME WANT DIR
is() {
	t_is "$1" "$2" "$(index "$3" --text)"
}

mkdir empty
is "an empty directory" "
status 0" empty

mkdir good
domain good/b.xml b tap9 tap10
domain good/a.xml a tap1
domain good/none.xml none
cat >good/profiles.xml <<-'END'
	<domain><name>p</name><devices>
	<interface type='network'><mac address='52:54:00:00:00:01'/>
	<target dev='tap2'/><firewall><no-such/></firewall></interface>
	<interface type='direct'><target dev='tap1'/></interface>
	<interface type='bridge'><target dev='no name of a tap'/></interface>
	<interface type='bridge'/>
	</devices></domain>
END
echo "not XML" >good/notes.txt
echo "not XML" >good/.hidden.xml
echo "not XML" >good/b.xml~
is "sorted by tap, faults of references aside" "tap1 a.xml
tap10 b.xml
tap2 profiles.xml
tap9 b.xml
status 0" good

"$resolve" --index=5:good 5<good >records
t_is "records have 16, 256 and 4 times 8 bytes" "1216" \
	"$(wc -c <records | tr -d ' ')"
t_is "they hold a tap and a file" "tap1 a.xml tap10 b.xml tap2 profiles.xml tap9 b.xml" \
	"$(for at in 1 305 609 913; do
		tail -c "+$at" records | head -c 272
	done | tr -s '\000' ' ' | sed 's/ $//')"
t_is "and what tells whether the file has changed" \
	"$(stat -c '%i %s' good/b.xml)" \
	"$(od -A n -t u8 -j 576 -N 16 records | xargs)"

cp -r good claimed
domain claimed/c.xml c tap3 tap10
is "a tap that two files claim" \
	"tapfilter-resolve: two domains claim tap 'tap10': claimed/b.xml:3 and claimed/c.xml:3
status 1" claimed

mkdir twice
domain twice/a.xml a tap1 tap2 tap1
is "a tap that one file claims twice" \
	"twice/a.xml:4: tap 'tap1' is that of the interface on line 2 already
status 1" twice

cp -r good broken
echo "<domain>" >broken/aa.xml
is "a file that is no XML" \
	"broken/aa.xml:2: the file ends inside <domain> of line 1
status 1" broken

cp -r good other
echo "<network/>" >other/aa.xml
is "a file that is no domain" \
	"other/aa.xml:1: the outermost element must be <domain> without a namespace, not <network>
status 1" other

cp -r good linked
ln -s ../good/a.xml linked/l.xml
is "a symbolic link" \
	"linked/l.xml: a symbolic link: files must lie in the directory itself
status 1" linked

cp -r good fifo
mkfifo fifo/f.xml
is "a FIFO" "fifo/f.xml: not a regular file
status 1" fifo

cp -r good dir
mkdir dir/d.xml
is "a directory" "dir/d.xml: not a regular file
status 1" dir

cp -r good large
dd if=/dev/zero of=large/l.xml bs=1048577 count=1 2>/dev/null
is "a file that is too large" \
	"tapfilter-resolve: large/l.xml: larger than 1048576 bytes
status 1" large

t_is "no directory" "tapfilter-resolve: cannot list records: Not a directory
status 1" "$(index records)"

mkdir many
seq -f 'many/%g.xml' 4097 | xargs -n 500 sh -c \
	'echo "<domain/>" | tee "$@" >/dev/null' sh
is "more files than there may be" \
	"tapfilter-resolve: many: more than 4096 domain files
status 1" many
rm many/4097.xml
is "as many as there may be" "
status 0" many

# usage WHAT OPTION...: refused with status 2 and nothing on standard output
usage() {
	what=$1
	shift
	rc=0
	out=$("$resolve" "$@" 5<good/a.xml 2>err) || rc=$?
	t_is "usage: $what" "status 2, output , 1 line" \
		"status $rc, output $out, $(wc -l <err | tr -d ' ') line"
}

usage "no job"
usage "two jobs" --domain=5:a --check=5:a
usage "one job twice" --domain=5:a --domain=5:a
usage "no such option" --domain=5:a --bogus
usage "an option without its sign" --domain 5:a
usage "a flag with a value" --domain=5:a --text=yes
usage "a word" --domain=5:a word
usage "no descriptor" --domain=a.xml
usage "a descriptor that is not open" --domain=77:a
usage "a descriptor that is no number" --domain=+5:a
usage "no path" --domain=5:
usage "no rules" --domain=5:a --max-rules=0
usage "more rules than a record holds" --domain=5:a --max-rules=65536
usage "a tap that cannot be" --domain=5:a --tap=../tap0
usage "a tap without a domain" --index=5:a --tap=tap0

t_is "--version" "tapfilter-resolve" \
	"$("$resolve" --version | sed 's/ [0-9.]*$//')"
t_true "--help" "$resolve" --help

rc=0
out=$("$resolve" --text --domain=0:- <good/a.xml) || rc=$?
t_is "a domain without references: nothing, status 0" "0 " "$rc $out"
rc=0
out=$(cat good/a.xml | "$resolve" --text --tap=tap1 --domain=0:- 2>&1) || rc=$?
t_is "a domain from a pipe" \
	"0 # tap tap1 domain a nic 0 mac 00:00:00:00:00:00 bridge -" "$rc $out"
rc=0
"$resolve" --text --tap=tap1 --domain=5:a 5<good/a.xml >/dev/full 2>err || rc=$?
t_is "a result that cannot be written" \
	"1 tapfilter-resolve: cannot write the result: No space left on device" \
	"$rc $(cat err)"
t_done
