#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a user tries against the helper that is installed setuid root: to hold
# others up, to outlive a change of policy, to take what is not his.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
t_need perl strace
su_setup
chmod 755 "$T_TMP"
mkdir -m 777 "$T_TMP/pub"
GROUP=64950
rc=0 # of alice()

# member UID COMMAND...: as that user, who is in GROUP
member() {
	m_uid=$1
	shift
	setpriv --reuid="$m_uid" --regid="$m_uid" --groups="$GROUP" \
		--inh-caps=-all "$@" </dev/null 2>/dev/null
}

# ---- a socket that bridge may use, and others -----------------------------

cat >"$T_TMP/pub/bridge.pl" <<'END'
# bridge.pl HELPER KIND [ARG...]: run bridge with a socket of that kind
use Socket; use Fcntl;
my ($helper, $kind) = splice(@ARGV, 0, 2);
my ($x, $y);
if ($kind eq "stream") { socketpair($x, $y, AF_UNIX, SOCK_STREAM, 0); }
if ($kind eq "dgram") { socketpair($x, $y, AF_UNIX, SOCK_DGRAM, 0); }
if ($kind eq "lone") { socket($y, AF_UNIX, SOCK_STREAM, 0); }
if ($kind eq "inet") { socket($y, AF_INET, SOCK_STREAM, 0); }
if ($kind eq "file") { open($y, "<", "/etc/passwd"); }
if ($kind eq "closed") { socketpair($x, $y, AF_UNIX, SOCK_STREAM, 0); close($x); }
fcntl($y, F_SETFD, 0);
my $rc = system($helper, "bridge", "--br=br0", "--fd=" . fileno($y), @ARGV);
print $rc & 127 ? "killed by " . ($rc & 127) : $rc >> 8;
print " up" if `ip -o link show al-0 2>/dev/null` =~ /[,<]UP[,>]/;
END
for kind in dgram lone inet file; do
	t_is "bridge: a socket of the kind \"$kind\"" 3 "$(as "$ALICE" \
		perl "$T_TMP/pub/bridge.pl" "$HELPER" "$kind" \
		--domain=lab-web 2>/dev/null)"
done
t_is "bridge: a socket that nobody reads any more" 1 "$(as "$ALICE" \
	perl "$T_TMP/pub/bridge.pl" "$HELPER" closed \
	--domain=lab-web 2>/dev/null)"
t_is "bridge: no rules are left" 0 "$(chains al-0)"
# The child that waits for the kernel is late to close what it has from the
# helper; strace ends with it.
strace -f -u alice -e trace=exit_group,close_range \
	-e inject=close_range:delay_enter=1s -o "$T_TMP/late" \
	perl "$T_TMP/pub/bridge.pl" "$HELPER" closed --domain=lab-web \
	>/dev/null 2>&1 &
late=$!
su_wait "bridge: the helper ends" grep -q "exit_group(1)" "$T_TMP/late"
t_is "bridge: and no tap, with the helper" "" \
	"$(ip -o link show al-0 2>/dev/null)"
wait "$late"
t_true "bridge: (a child was late)" grep -q "close_range.*DELAYED" "$T_TMP/late"
t_is "bridge: the socket that it is for" "0 up" "$(as "$ALICE" \
	perl "$T_TMP/pub/bridge.pl" "$HELPER" stream --domain=lab-web)"
t_is "bridge: another domain" 3 "$(as "$ALICE" \
	perl "$T_TMP/pub/bridge.pl" "$HELPER" stream --domain=other 2>/dev/null)"

# ---- the log ----------------------------------------------------------------

cat >"$T_TMP/syslog.pl" <<'END'
use Socket;
socket(S, AF_UNIX, SOCK_DGRAM, 0);
bind(S, sockaddr_un("/dev/log"));
chmod(0666, "/dev/log");
while (defined(recv(S, $_, 65536, 0))) {
	open(O, ">>", $ARGV[0]);
	print O "$_\n";
	close(O);
}
END
perl "$T_TMP/syslog.pl" "$T_TMP/log" &
syslog=$!
while ! [ -S /dev/log ]; do sleep 0.02; done
as "$ALICE" perl "$T_TMP/pub/bridge.pl" "$HELPER" stream \
	--domain='x" section=alice: done' >/dev/null 2>&1
as "$ALICE" perl "$T_TMP/pub/bridge.pl" "$HELPER" stream \
	--domain=lab-web >/dev/null 2>&1
sleep 0.2
kill "$syslog"
wait "$syslog" 2>/dev/null
t_is "a name cannot end its quotes" \
	"uid=$ALICE op=bridge tap=- bridge=br0 domain=\"x\\x22 section=alice: done\" section=-: denied" \
	"$(sed -n 's/.*\]: \(uid=.*: denied\)$/\1/p' "$T_TMP/log")"
t_is "the log names the tap that bridge made" 1 \
	"$(grep -c "op=bridge tap=al-0 bridge=br0 domain=.*: done" "$T_TMP/log")"

# ---- locks of others -------------------------------------------------------

su_conf '[acl all]' "gid = $GROUP" 'op = up, down, reload' \
	'domain = lab-web' 'tap = al-#' 'bridge = br0'
"$HELPER" reload 2>/dev/null
su_tap al-0 "$BOB"
member "$BOB" "$HELPER" up al-0
t_is "bob has his tap up" up "$(flags al-0)"
cat >"$T_TMP/pub/mute.pl" <<'END'
# mute.pl COMMAND...: run it with a standard error that takes nothing more, and
# say whether it ends within 3 s
use Fcntl; use POSIX ":sys_wait_h";
pipe(R, W);
fcntl(W, F_SETFL, O_NONBLOCK);
1 while syswrite(W, "x" x 4096);
1 while syswrite(W, "x");
fcntl(W, F_SETFL, 0);
if (!($p = fork)) { open(STDOUT, ">/dev/null"); open(STDERR, ">&W"); exec @ARGV; }
for (1 .. 300) {
	if (waitpid($p, WNOHANG) == $p) { print "ended"; exit 0; }
	select(undef, undef, undef, 0.01);
}
print "blocked";
close(R); # which ends it: SIGPIPE
END
for op in down reload up; do
	t_is "alice's $op of bob's tap does not wait for her to listen" ended \
		"$(member "$ALICE" perl "$T_TMP/pub/mute.pl" "$HELPER" \
			"$op" al-0)"
done
t_true "bob is not held up" member "$BOB" "$HELPER" reload al-0
member "$ALICE" "$HELPER" reload al-77
t_is "a tap that is not there leaves no lock" "" \
	"$(find /run/tapfilter -name '.lock.al-77')"

# ---- a command that its caller would stop -----------------------------------

# Stopped once the list was asked and the resolver has answered, it would bring
# old rules into force whenever its caller likes.
"$HELPER" down al-0
ip link del al-0
su_conf
su_tap al-0
"$HELPER" reload
cat >"$T_TMP/pub/stop.pl" <<'END'
# stop.pl COMMAND...: try to stop it at some point of each run; print how often
# that worked after its first file was opened
my ($runs, $stopped) = (200, 0);
for (1 .. $runs) {
	my $p = fork;
	if (!$p) { open(STDERR, ">/dev/null"); exec @ARGV; }
	select(undef, undef, undef, rand(0.006));
	my $sent = kill(STOP => $p);
	select(undef, undef, undef, 0.002);
	if ($sent && open(F, "/proc/$p/task/$p/children") && <F>) {
		$stopped++;
	}
	kill(CONT => $p);
	kill(KILL => $p) if $sent;
	waitpid($p, 0);
}
print $stopped;
END
t_is "alice cannot stop her up when its resolver runs" 0 "$(as "$ALICE" \
	perl "$T_TMP/pub/stop.pl" "$HELPER" up al-0 </dev/null)"
alice up al-0
t_is "the next one is fine" 0 "$rc"

# ---- the index of domains ----------------------------------------------------

"$HELPER" down al-0
su_domain another al-9 another
"$HELPER" reload 2>/dev/null
alice up al-0
t_is "a reload at once after a change leaves users an index" 0 "$rc"

# ---- uid 0 with CAP_NET_ADMIN alone, after alice ----------------------------

reduced() {
	setpriv --bounding-set=-all,+net_admin --inh-caps=-all "$@"
}
t_true "reduced: what alice brought up can be reloaded" \
	reduced "$HELPER" reload al-0
t_true "reduced: and taken down" reduced "$HELPER" down al-0
t_is "reduced: her count is set right" "" \
	"$(find /run/tapfilter -path "*/.uid.$ALICE/*")"
alice up al-0
t_is "reduced: alice can bring it up again" 0 "$rc"

# ---- the bridge's address --------------------------------------------------

cat >"$T_TMP/pub/mac.pl" <<'END'
# mac.pl TAP MAC: give a tap an address by its descriptor
open(T, "+<", "/dev/net/tun") or die;
my $r = pack("Z16 s x22", $ARGV[0], 0x1002);
ioctl(T, 0x400454ca, $r) or die "TUNSETIFF: $!";
$r = pack("Z16 s C6 x16", "", 1, map(hex, split(/:/, $ARGV[1])));
ioctl(T, 0x8924, $r) or die "SIOCSIFHWADDR: $!";
END
mac=$(ip -o link show br0 | sed -n 's/.*ether \([^ ]*\).*/\1/p')
t_true "alice gives her tap an address" \
	as "$ALICE" perl "$T_TMP/pub/mac.pl" al-0 00:00:00:00:00:02
t_is "the bridge keeps its own" "$mac" \
	"$(ip -o link show br0 | sed -n 's/.*ether \([^ ]*\).*/\1/p')"
t_done
