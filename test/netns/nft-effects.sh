#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What rules do beside: limits let just so many frames pass, logs note them, and
# REJECT answers.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/nft.sh"
t_need unshare ip bridge nft
t_need_root
t_ns "$@"
t_tmp
nft_bridge

# rules TEXT: filter tap0 by these; the last frame of a test always passes
rules() {
	printf '%s\n' "$1" >"$T_TMP/rules"
	"$TEST_BIN/nft_driver" apply tap0 <"$T_TMP/rules" >/dev/null
}
# effects ARGUMENT...: what nft_effects says, in one line
effects() {
	"$TEST_BIN/nft_effects" "$@" | tr '\n' ';'
}
END4="eth.type=0x88b5"

# ---- limits -----------------------------------------------------------------
t_true "a limit" rules "a:1 out accept $END4
a:2 out accept eth.type=0x0800 limit=1/day burst=3
a:3 out drop"
t_is "lets just the burst pass" "udp4 3;" "$(effects tap0 tap1 udp4=10)"
t_is "and nothing after it" "udp4 0;" "$(effects tap0 tap1 udp4=10)"
t_is "nothing else passes" "udp6 0;arp 0;" "$(effects tap0 tap1 udp6=2 arp=2)"
t_is "not a matter of the other direction" "udp4 4;" \
	"$(effects tap1 tap0 udp4=4)"
# counters: of the second entry on, without the bytes
counters() {
	driver counters tap0 | awk '/^a:[2-9]/ { print $1, $3, $4 }' | xargs
}
t_is "both are counted" "a:2 accept 3 a:3 drop 21" "$(counters)"

t_true "a limit of an entry for both IP versions" rules "a:1 out accept $END4
a:2 out accept eth.type=0x0800 limit=1/day burst=5
a:2 out accept eth.type=0x86dd limit=1/day burst=5
a:3 out drop"
t_is "they share it" "udp4 3;udp6 2;" "$(effects tap0 tap1 udp4=3 udp6=9)"
t_is "it is used up for both" "udp4 0;udp6 0;" \
	"$(effects tap0 tap1 udp4=3 udp6=3)"

t_true "a limit with lists that overlap" rules "a:1 out accept $END4
a:2 out accept eth.type=0x0800 ip.src={10.0.0.0/24,10.0.0.0/8,10.0.0.1} \
ip.dst={10.0.0.2,10.0.0.0/30} limit=1/day burst=6
a:3 out drop"
t_is "a frame counts once" "udp4 6;" "$(effects tap0 tap1 udp4=20)"

t_true "limits of two entries and two profiles" rules "a:1 out accept $END4
a:2 out accept eth.type=0x0806 limit=1/day burst=2
a:3 out accept eth.type={0x0806,0x0800} limit=1/day burst=3
a:4 out drop
b:1 out accept eth.type=0x0800 limit=1/day burst=1
b:2 out drop eth.type=0x0800"
t_is "each has its own" "arp 3;udp4 1;" "$(effects tap0 tap1 arp=3 udp4=8)"
t_is "the next entry takes what is above" "arp 0;" "$(effects tap0 tap1 arp=9)"

t_true "a limit of what comes in" rules "a:1 in accept $END4
a:2 in accept limit=1/day burst=2
a:3 in drop"
t_is "holds there" "udp4 2;udp6 0;" "$(effects tap1 tap0 udp4=3 udp6=3)"
t_is "and not for what goes out" "udp4 3;" "$(effects tap0 tap1 udp4=3)"

t_true "a limit that comes back" rules "a:1 out accept $END4
a:2 out accept eth.type=0x0800 limit=1000/second burst=1
a:3 out drop"
once_more() {
	i=0
	while [ "$i" -lt 100 ]; do
		[ "$(effects tap0 tap1 udp4=1)" != "udp4 1;" ] || return 0
		i=$((i + 1))
	done
	return 1
}
t_true "the first one" once_more
t_true "and another one after it" once_more

t_true "rules without a limit" rules "a:1 out drop eth.type=0x0806"
t_is "no limit is left in the kernel" 0 "$(nft list limits | grep -c limit)"

# ---- what is read back --------------------------------------------------------
prefix=abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abc-0123
limited="a:2 out accept eth.type=0x0800 limit=1/day burst=3 log=7 \
log.limit=2/hour log.burst=4 log.prefix=\"$prefix\"
a:3 out drop"
t_true "a limit and a log" rules "$limited"
t_true "are as they were sent" driver verify tap0 <"$T_TMP/rules"
table=$(nft list tables | sed -n 's/^table netdev //p')
nft -f - <<-END
	table netdev $table {
		limit tap0-out-1 { rate 1/second; }
	}
END
t_false "a limit too many is found" driver verify tap0 <"$T_TMP/rules"
t_true "and taken away" rules "$limited"
t_true "so that all is right again" driver verify tap0 <"$T_TMP/rules"
# again CHAIN SED [COMMAND]: write the rules of a chain again, changed by SED,
# and COMMAND while there are none
again() {
	{
		echo "flush chain netdev $table $1"
		echo "${3:-}"
		nft -s list chain netdev "$table" "$1" |
			sed -n "s/^\t\t//p" | grep -v "^type" |
			sed "$2; s/^/add rule netdev $table $1 /"
	} >"$T_TMP/nft"
	nft -f "$T_TMP/nft"
}
# limit RATE: another one in place of the limit of the entry
limit() {
	again tap0-out-0 "" "delete limit netdev $table tap0-out-0
		add limit netdev $table tap0-out-0 { rate $1 packets; }"
}
t_true "the same limit" limit "1/day burst 3"
t_true "is the same" driver verify tap0 <"$T_TMP/rules"
for what in "2/day burst 3" "1/hour burst 3" "1/day burst 4" \
	"over 1/day burst 3"; do
	t_true "a limit $what" limit "$what"
	t_false "is found" driver verify tap0 <"$T_TMP/rules"
done
t_true "the right limit" limit "1/day burst 3"
t_true "is right" driver verify tap0 <"$T_TMP/rules"
t_true "the same log" again tap0-out-1 ""
t_true "is the same" driver verify tap0 <"$T_TMP/rules"
for what in 's/burst 4/burst 9/' 's|2/hour|1/hour|' 's/group 7/group 8/' \
	's/group 7/& snaplen 9/' 's/group 7/& queue-threshold 9/' \
	's/prefix "a/prefix "b/' 's/0123"/0124"/' 's/prefix "[^"]*"//'; do
	t_true "rules" rules "$limited"
	t_true "a log changed by $what" again tap0-out-1 "$what"
	t_false "is found" driver verify tap0 <"$T_TMP/rules"
done
t_true "a REJECT" rules "a:1 out reject"
t_true "the same REJECT" again tap0-out-0 ""
t_true "is the same" driver verify tap0 <"$T_TMP/rules"
t_true "another REJECT" again tap0-out-0 's/admin-prohibited/port-unreachable/'
t_false "is found" driver verify tap0 <"$T_TMP/rules"

# ---- logs -------------------------------------------------------------------
t_true "logs" rules "a:1 out accept $END4
a:2 out accept eth.type=0x0800 log=5 log.limit=1/day log.burst=2 \
log.prefix=\"hi there \"
a:3 out accept eth.type=0x0806 limit=1/day burst=1 log=65535 log.prefix=\"arp\"
a:4 out drop log=5 log.prefix=\"rest\""
t_is "note so many, and all pass" "udp4 4;log 5 'hi there ';log 5 'hi there ';" \
	"$(effects log=5 tap0 tap1 udp4=4)"
t_is "note what is within the limit of the entry" \
	"arp 1;log 65535 'arp';log 5 'rest';log 5 'rest';" \
	"$(effects log=65535 log=5 tap0 tap1 arp=3)"
t_is "note all that is dropped" "udp6 0;log 5 'rest';log 5 'rest';" \
	"$(effects log=5 tap0 tap1 udp6=2)"
t_is "nobody listens" "udp6 0;udp4 1;" "$(effects tap0 tap1 udp6=2 udp4=1)"
t_is "and count it once" "a:2 accept 5 a:3 accept 1 a:4 drop 6" "$(counters)"

t_true "a log of an entry for both IP versions" rules "a:1 out accept $END4
a:2 out drop eth.type=0x0800 log=9 log.limit=1/day log.burst=3 log.prefix=\"a\"
a:2 out drop eth.type=0x86dd log=9 log.limit=1/day log.burst=3 log.prefix=\"a\""
t_is "its rate is one" "udp4 0;udp6 0;log 9 'a';log 9 'a';log 9 'a';" \
	"$(effects log=9 tap0 tap1 udp4=2 udp6=4)"
t_true "a log of what comes in" rules "a:1 in drop eth.type=0x0800 log=9 \
log.prefix=\"in\""
t_is "notes it" "udp4 0;arp 1;log 9 'in';" \
	"$(effects log=9 tap1 tap0 udp4=1 arp=1)"

# ---- REJECT -----------------------------------------------------------------
t_true "a REJECT" rules "a:1 out accept $END4
a:2 out reject log=4 log.prefix=\"r\""
t_is "answers IPv4" "udp4 0;answer icmp 3/13;" "$(effects tap0 tap1 udp4=1)"
t_is "answers TCP the same" "tcp4 0;answer icmp 3/13;log 4 'r';" \
	"$(effects log=4 tap0 tap1 tcp4=1)"
t_is "answers IPv6" "udp6 0;answer icmp6 1/1;" "$(effects tap0 tap1 udp6=1)"
t_is "does not answer ARP" "arp 0;" "$(effects tap0 tap1 arp=1)"
t_is "does not answer broadcast" "udp4 0;" "$(effects tap0 tap1 udp4+b=1)"
t_is "counts what it drops" "a:2 reject 5" "$(counters)"
t_true "a REJECT whose answer may not come in" rules "a:1 out accept $END4
a:2 out reject
b:1 in drop eth.type=0x0800"
t_is "is a DROP then" "udp4 0;" "$(effects tap0 tap1 udp4=1)"
t_false "a REJECT of what comes in is refused" rules "a:1 in reject"

t_true "remove" driver remove tap0
t_true "nothing is left" gone
t_done
