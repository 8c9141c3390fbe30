# SPDX-License-Identifier: GPL-2.0-or-later
#
#   make            build the three programs into build/
#   make check      all tests; the last line sums them up
#   make demo       the main job, shown in a namespace of its own
#   make V=1        show the commands
#   make BUILD=DIR  build somewhere else

VERSION := 0.1

prefix ?= /usr
sbindir ?= $(prefix)/sbin
libexecdir ?= $(prefix)/libexec
datadir ?= $(prefix)/share
mandir ?= $(prefix)/share/man
sysconfdir ?= /etc
unitdir ?= $(prefix)/lib/systemd/system
DESTDIR ?=

BUILD ?= build
# What to build: empty (the programs), asan, fuzz or lint
VARIANT ?=
OUT := $(BUILD)$(if $(VARIANT),/$(VARIANT))

PKG_DIR := $(libexecdir)/tapfilter
# Where libvirt looks for it; a package may have it elsewhere
HOOK ?= $(sysconfdir)/libvirt/hooks/qemu.d/tapfilter
CONF_DIR := $(sysconfdir)/tapfilter
DATA_DIR := $(datadir)/tapfilter
COMPLETION_DIR := $(datadir)/bash-completion/completions

# ---- sources -------------------------------------------------------------

# Every source is named here; "make lint" sees to it.  What more than one
# program needs:
COMMON := util log field rule rule_text record binding_pins sandbox
# tapfilter-resolve: the only one that sees XML
RESOLVE := xml xml_bytes xml_tree domain domain_choose domain_iface \
	domain_meta domain_ref infile index pool profile profile_value \
	filterpool filterpool_check filterpool_draft filterpool_leaf \
	filterpool_lower filterpool_more expand expand_check expand_params \
	expand_readable expand_rules expand_sample resolve_options resolve_sandbox
# Rules in the kernel, the configuration, tapfilter-resolve as a child
KERNEL := conf conf_acl conf_lint acl users spawn priv place place_facts place_probe place_split \
	backend bridge_calls carriers ebt ebt_address ebt_blind ebt_build ebt_chains \
	ebt_child ebt_conjunct ebt_count ebt_drift ebt_exec ebt_legacy ebt_lower ebt_names \
	ebt_parse ebt_pipe ebt_reach ebt_reduce ebt_text ebt_value ebt_variant \
	netlink nft nft_ahead nft_base nft_body nft_carry nft_common nft_cond nft_conn nft_digest nft_emptied \
	nft_ebt nft_effect nft_expr nft_group nft_guard nft_halves nft_inner nft_limit \
	nft_linger nft_lower nft_mark nft_match nft_merge nft_plan nft_probe nft_put nft_query nft_read \
	nft_set nft_simplify nft_special nft_split nft_state nft_step nft_ports nft_target nft_track nft_udata diff drift nft_stray \
	nft_drift nft_egress nft_incoming
# The iptables place
IPT := ipt ipt_bridge ipt_bytes ipt_carrier ipt_cond ipt_drift ipt_entry ipt_guard ipt_lower \
	ipt_match ipt_missing ipt_name ipt_numbers ipt_place ipt_reduce ipt_refuse \
	ipt_table iptc
# Devices and records
TAPS := link link_calls state state_fact state_group state_list state_lock state_record trust
HELPER := cmd_bridge cmd_down cmd_gc cmd_hook cmd_reload cmd_replace cmd_restore cmd_up domindex \
	link_port options priv_process priv_sandbox restore session session_access \
	session_place session_start session_undo state_claim tap up_undo
ADMIN := admin_binding admin_change admin_verify admin_commands admin_drops admin_file \
	admin_index admin_pool admin_pool_lock admin_replace admin_resolve \
	admin_run admin_stage admin_taps admin_uses admin_view bridged cmd_admin_acl \
	cmd_admin_check cmd_admin_edit cmd_admin_list cmd_admin_observe \
	cmd_admin_pool cmd_admin_profiles cmd_admin_reload cmd_admin_show \
	cmd_admin_stats cmd_admin_status cmd_admin_verify color eval frame \
	frame_build frame_ether frame_ip4 frame_ip6 frame_nd jsonout observe \
	observe_advice observe_notes observe_tap selftest \
	selftest_mutate selftest_net selftest_place selftest_site selftest_wire \
	status_table

SRC_resolve := $(COMMON) $(RESOLVE) resolve
SRC_helper := $(COMMON) $(KERNEL) $(IPT) $(TAPS) $(HELPER) helper
SRC_tapfilter := $(COMMON) $(KERNEL) $(IPT) $(TAPS) $(ADMIN) tapfilter

MAINS := resolve helper tapfilter
MODULES := $(filter-out $(MAINS),$(sort $(SRC_resolve) $(SRC_helper) \
	$(SRC_tapfilter)))

UNIT_TESTS := $(basename $(wildcard test/unit/test_*.c))
TEST_TOOLS := $(basename $(wildcard test/netns/*.c test/golden/*.c \
	test/privilege/*.c test/e2e/*.c test/bench/*.c test/vm/*.c))
FUZZERS := $(basename $(wildcard test/fuzz/fuzz_*.c))

PROGRAMS := $(OUT)/tapfilter-resolve $(OUT)/tapfilter-helper $(OUT)/tapfilter

# ---- flags ---------------------------------------------------------------

WARN := -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wshadow \
	-Wvla -Walloca -Wnull-dereference -Wimplicit-fallthrough \
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wundef \
	-Werror=format-security -Werror=format-nonliteral \
	-Werror=implicit-function-declaration -Werror=int-conversion
WARN_GCC := -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
	-Wformat-overflow=2 -Wformat-truncation=2 -Wstringop-overflow=4 \
	-Warray-bounds=2 -Wbidi-chars=any
HARDEN := -fstack-protector-strong -fstack-clash-protection \
	-fno-delete-null-pointer-checks -fno-strict-overflow \
	-fno-strict-aliasing -fvisibility=hidden -fPIE
# Not every compiler and machine has these
HARDEN_IF := -fcf-protection=full -ftrivial-auto-var-init=zero \
	-fzero-call-used-regs=used-gpr -fstrict-flex-arrays=3
LINK_HARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,-z,nodlopen -Wl,--as-needed
FORTIFY := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer

ifeq ($(VARIANT),asan)
override CFLAGS := -O1 -g $(SANITIZE)
override LDFLAGS := $(SANITIZE)
MODE := $(WARN_GCC)
else ifeq ($(VARIANT),fuzz)
override CC := clang
override CFLAGS := -O1 -g $(SANITIZE)
override LDFLAGS := $(SANITIZE)
MODE := -fsanitize=fuzzer-no-link -DFUZZING
else ifeq ($(VARIANT),lint)
override CFLAGS := -O2 -g
# gcc 12 loses a pointer that util_grow() stores through a void pointer, and
# calls that a leak; leaks are what "make asan" finds
MODE := $(WARN_GCC) -fanalyzer -Wno-analyzer-malloc-leak -Werror
else
CFLAGS ?= -O2 -g
MODE = $(FORTIFY) $(WARN_GCC) $(HARDEN) $(HARDEN_FOUND)
MODE_LINK := $(LINK_HARDEN)
endif

PATHS := -DVERSION='"$(VERSION)"' -DLIBEXECDIR='"$(PKG_DIR)"' \
	-DCONF_FILE='"$(CONF_DIR)/tapfilter.conf"' \
	-DSHIPPED_DIR='"$(DATA_DIR)/profiles"'
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE $(PATHS) $(CPPFLAGS) $(WARN) $(MODE) \
	$(CFLAGS)
ALL_LDFLAGS = $(MODE_LINK) $(LDFLAGS)

XML_CFLAGS := -isystem /usr/include/libxml2
LIBS_resolve := -lxml2
LIBS_helper := -lnftnl -lmnl -lip4tc -lip6tc -linih -lcap-ng
LIBS_tapfilter := -lnftnl -lmnl -lip4tc -lip6tc -linih -lcap-ng -ljansson
LIBS_ALL := -lxml2 -lnftnl -lmnl -lip4tc -lip6tc -linih -lcap-ng -ljansson

ifeq ($(V),1)
Q :=
say := @:
else
Q := @
say := @printf '  %-4s %s\n'
endif

# ---- building ------------------------------------------------------------

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(PROGRAMS)

# Settled once: which of HARDEN_IF the compiler takes
$(OUT)/flags.mk: Makefile
	@mkdir -p $(@D)
	@for f in $(HARDEN_IF); do \
		if echo 'int main(void) { return 0; }' | \
		   $(CC) $$f -Werror -x c -o /dev/null - 2>/dev/null; then \
			echo "HARDEN_FOUND += $$f"; \
		fi; \
	done >$@

ifneq ($(filter-out deps clean uninstall format,$(or $(MAKECMDGOALS),all)),)
include $(OUT)/flags.mk
endif

# Rebuild when the command line changes
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' \
		>$@.new
	@if cmp -s $@ $@.new; then rm $@.new; else mv $@.new $@; fi

$(OUT)/obj/%.o: helper/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(ALL_CFLAGS) $(LOCAL_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/obj/xml.o: LOCAL_CFLAGS := $(XML_CFLAGS)

objs = $(patsubst %,$(OUT)/obj/%.o,$(1))

$(OUT)/tapfilter-resolve: $(call objs,$(SRC_resolve))
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_resolve)

$(OUT)/tapfilter-helper: $(call objs,$(SRC_helper))
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_helper)

$(OUT)/tapfilter: $(call objs,$(SRC_tapfilter))
	$(say) LD $@
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS_tapfilter)

# All modules but the mains, for the tests: the linker takes what it needs
$(OUT)/modules.a: $(call objs,$(MODULES))
	$(say) AR $@
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/test/unit/%: test/unit/%.c $(OUT)/modules.a $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(ALL_CFLAGS) $(XML_CFLAGS) -iquote helper -MMD -MP $(ALL_LDFLAGS) \
		-o $@ $< $(OUT)/modules.a $(LIBS_ALL) -lcmocka

$(OUT)/test/fuzz/%: test/fuzz/%.c $(OUT)/modules.a $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(ALL_CFLAGS) -Wno-missing-prototypes $(XML_CFLAGS) -iquote helper \
		-fsanitize=fuzzer -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(OUT)/modules.a $(LIBS_ALL)

# Tools that the shell tests use: test/netns/x.c becomes build/test/netns/x
$(OUT)/test/%: test/%.c $(OUT)/modules.a $(OUT)/flags
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(ALL_CFLAGS) -iquote helper -MMD -MP $(ALL_LDFLAGS) -o $@ $< \
		$(OUT)/modules.a $(LIBS_ALL)

-include $(wildcard $(OUT)/obj/*.d $(OUT)/test/*/*.d)

unit-programs: $(patsubst %,$(OUT)/%,$(UNIT_TESTS))
test-tools: $(patsubst %,$(OUT)/%,$(TEST_TOOLS))
fuzz-programs: $(patsubst %,$(OUT)/%,$(FUZZERS))

tests: all unit-programs test-tools

# ---- targets for people --------------------------------------------------

# Installs what a fresh Debian 12 lacks; does nothing when all is there
deps:
	@test/deps.sh

check: deps
	@$(MAKE) --no-print-directory tests
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzz-programs
	@TF_BUILD='$(BUILD)' test/run unit golden netns privilege qemu fuzz

# One or several groups: make check-unit check-golden.  What takes longer than
# "make check" may: check-places, and of check-e2e what needs libvirtd.
check-unit: unit-programs
check-golden check-netns check-places check-privilege check-e2e: tests
# The Debian package: built, installed in a fresh Debian and used there
check-package: tests
check-package: export TF_TIMEOUT := 600
check-places check-e2e check-package: deps
check-unit check-golden check-netns check-places check-privilege check-e2e \
check-package:
	@TF_BUILD='$(BUILD)' test/run $(@:check-%=%)

# The same under the oldest supported kernel, in a virtual machine
check-vm: tests
	@TF_BUILD='$(BUILD)' test/vm/run.sh

asan:
	@$(MAKE) --no-print-directory VARIANT=asan tests
	@TF_BUILD='$(BUILD)/asan' test/run unit golden netns places

# FUZZ_SECONDS for each target; make check runs the same ones shortly
FUZZ_SECONDS ?= 60
fuzz:
	@$(MAKE) --no-print-directory VARIANT=fuzz fuzz-programs
	@TF_BUILD='$(BUILD)' TF_FUZZ_SECONDS=$(FUZZ_SECONDS) test/run fuzz

demo: deps
	@$(MAKE) --no-print-directory all
	@TF_BUILD='$(BUILD)' test/demo.sh

bench: tests
	@TF_BUILD='$(BUILD)' test/bench/run.sh
	@TF_BUILD='$(BUILD)' test/bench/places.sh
	@TF_BUILD='$(BUILD)' test/bench/flush.sh

# All findings, one kind of check after the other; LINT="tidy man" runs two
lint:
	+@MAKE='$(MAKE)' BUILD='$(BUILD)' test/lint.sh

format:
	clang-format -i $(wildcard helper/*.[ch] test/*.[ch] test/*/*.[ch])

clean:
	rm -rf $(BUILD)

FORCE:

.PHONY: FORCE all asan bench check check-e2e check-golden check-netns \
	check-package check-places check-privilege check-unit check-vm clean demo deps \
	format fuzz fuzz-programs install install-setuid lint setuid-group \
	test-tools tests uninstall unit-programs

# ---- installation --------------------------------------------------------

# Of systemd: units, and drop-ins for units of others
UNITS := tapfilter-restore.service tapfilter-verify.service \
	tapfilter-verify.timer nftables.service.d/tapfilter.conf \
	firewalld.service.d/tapfilter.conf
# With the right paths in it: $(call install_text,MODE,FROM,TO)
install_text = sed -e 's|/usr/libexec/tapfilter/|$(PKG_DIR)/|' \
	-e 's|/usr/sbin/tapfilter |$(sbindir)/tapfilter |' \
	-e 's|/usr/share/tapfilter/|$(DATA_DIR)/|' $(2) \
	>$(DESTDIR)$(3).new && \
	chmod $(1) $(DESTDIR)$(3).new && mv $(DESTDIR)$(3).new $(DESTDIR)$(3)

# The helper and the resolver each run as a system user of their own.  Not into
# a DESTDIR: there the package makes them, conf/sysusers.conf says how.
define make_users
	for u in tapfilter tapfilter-parse; do \
		grep -q "^$$u:" /etc/passwd || useradd --system --user-group \
			--no-create-home --home-dir /nonexistent \
			--shell /usr/sbin/nologin $$u || exit 1; \
	done
	chgrp tapfilter-parse $(CONF_DIR)/domains
	chmod 0750 $(CONF_DIR)/domains
endef

install: all
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(PKG_DIR) \
		$(DESTDIR)$(DATA_DIR)/profiles $(DESTDIR)$(DATA_DIR)/schema \
		$(DESTDIR)$(DATA_DIR)/apparmor $(DESTDIR)$(unitdir) \
		$(DESTDIR)$(prefix)/lib/sysusers.d $(DESTDIR)$(prefix)/lib/tmpfiles.d \
		$(DESTDIR)$(mandir)/man5 $(DESTDIR)$(mandir)/man8 \
		$(DESTDIR)$(COMPLETION_DIR)
	install -d -m 0755 $(DESTDIR)$(CONF_DIR) $(DESTDIR)$(CONF_DIR)/profiles \
		$(DESTDIR)$(CONF_DIR)/domains
	install -m 0755 $(BUILD)/tapfilter $(DESTDIR)$(sbindir)/
	install -m 0755 $(BUILD)/tapfilter-helper $(BUILD)/tapfilter-resolve \
		hooks/qemu-ifup hooks/qemu-ifdown $(DESTDIR)$(PKG_DIR)/
	install -m 0644 templates/*.xml $(DESTDIR)$(DATA_DIR)/profiles/
	install -m 0644 templates/schema/*.rng $(DESTDIR)$(DATA_DIR)/schema/
	install -m 0644 conf/example-domain.xml $(DESTDIR)$(DATA_DIR)/
	install -m 0644 conf/sysusers.conf \
		$(DESTDIR)$(prefix)/lib/sysusers.d/tapfilter.conf
	install -m 0644 conf/tmpfiles.conf \
		$(DESTDIR)$(prefix)/lib/tmpfiles.d/tapfilter.conf
	install -m 0644 man/*.5 $(DESTDIR)$(mandir)/man5/
	install -m 0644 man/*.8 $(DESTDIR)$(mandir)/man8/
	install -m 0644 conf/completion/tapfilter $(DESTDIR)$(COMPLETION_DIR)/
	ln -sf tapfilter $(DESTDIR)$(COMPLETION_DIR)/tapfilter-helper
	test -e $(DESTDIR)$(CONF_DIR)/tapfilter.conf || install -m 0644 \
		conf/tapfilter.conf $(DESTDIR)$(CONF_DIR)/tapfilter.conf
	$(call install_text,0644,conf/apparmor/libvirtd,$(DATA_DIR)/apparmor/libvirtd)
	for u in $(UNITS); do \
		mkdir -p $(DESTDIR)$(unitdir)/$$(dirname $$u) && \
		$(call install_text,0644,conf/$$u,$(unitdir)/$$u) || exit 1; \
	done
	mkdir -p $(dir $(DESTDIR)$(HOOK))
	test -e $(DESTDIR)$(HOOK) || \
		{ $(call install_text,0755,hooks/qemu,$(HOOK)); }
	$(if $(DESTDIR),,$(make_users))

# For users who are not root, see SECURITY.md.  Owner and group decide who may
# run it at all; the access control list in tapfilter.conf decides the rest.
SETUID_OWNER ?= root
SETUID_GROUP ?= kvm
install-setuid: setuid-group install
	chown $(SETUID_OWNER):$(SETUID_GROUP) $(DESTDIR)$(PKG_DIR)/tapfilter-helper
	chmod 4750 $(DESTDIR)$(PKG_DIR)/tapfilter-helper

setuid-group:
	@getent group $(SETUID_GROUP) >/dev/null || { \
		echo "there is no group $(SETUID_GROUP): SETUID_GROUP=... names another" >&2; \
		exit 1; }

# Leaves what the administrator wrote, $(CONF_DIR), and the users
uninstall:
	rm -f $(DESTDIR)$(sbindir)/tapfilter $(patsubst man/%.5, \
		$(DESTDIR)$(mandir)/man5/%.5,$(wildcard man/*.5)) \
		$(patsubst man/%.8,$(DESTDIR)$(mandir)/man8/%.8, \
		$(wildcard man/*.8)) \
		$(DESTDIR)$(prefix)/lib/sysusers.d/tapfilter.conf \
		$(DESTDIR)$(prefix)/lib/tmpfiles.d/tapfilter.conf \
		$(DESTDIR)$(COMPLETION_DIR)/tapfilter \
		$(DESTDIR)$(COMPLETION_DIR)/tapfilter-helper \
		$(DESTDIR)$(HOOK) $(UNITS:%=$(DESTDIR)$(unitdir)/%)
	rm -rf $(DESTDIR)$(PKG_DIR) $(DESTDIR)$(DATA_DIR)
