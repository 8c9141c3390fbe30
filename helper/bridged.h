/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_BRIDGED_H
#define TF_BRIDGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a bridge that shows its packets to the hooks of IP does to a frame
 * before that: br_validate_ipv4() and br_validate_ipv6() of Linux.  For selftest
 * and other tests.
 *
 * @frame begins with its destination address; @len is its length in bytes.
 */

/**
 * bridged_end() - How long is it there?
 *
 * What stands behind an IP packet is cut off.
 *
 * Return: its new length; 0 if it is dropped, for its IP header
 */
size_t bridged_end(const uint8_t *frame, size_t len);

/** bridged_is_ip() - Is it an untagged packet of IP, which is shown at all? */
bool bridged_is_ip(const uint8_t *frame, size_t len);

/** bridged_is_fragment() - Is a packet, which bridged_end() lets pass, a part
 * of one? */
bool bridged_is_fragment(const uint8_t *frame, size_t len);

/**
 * bridged_is_cut() - Is its upper-layer header cut short, or those before it?
 *
 * Of a packet that bridged_end() lets pass.  iptables drops it outright where a
 * rule asks for that header, and so it does with what would write over a TCP
 * header (RFC 3128).
 */
bool bridged_is_cut(const uint8_t *frame, size_t len);

#endif /* TF_BRIDGED_H */
