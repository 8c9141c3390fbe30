/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_TAP_H
#define TF_TAP_H

#include <stdbool.h>

#include "rule.h"

/* A tap as an open file: made here, handed to whoever runs the guest. */

/**
 * tap_open() - Open /dev/net/tun, for one tap to be made
 *
 * Return: descriptor, owned by the caller, or negative errno, reported
 */
int tap_open(void) _must_check_;

/**
 * tap_create() - Make a tap that was not there before
 * @fd:		From tap_open(); from now on the tap itself
 * @name:	Its name, or NULL for one that the kernel chooses (tf0, tf1, ...)
 * @vnet_hdr:	Put a virtio-net header before each frame, if the kernel can
 * @out_name:	Receives the name that it has
 *
 * It goes when the last descriptor of it is closed.
 *
 * Return: 0 or negative errno, reported; an existing device of that name is
 * one, of whatever kind
 */
int tap_create(int fd, const char *name, bool vnet_hdr,
	       char out_name[TAP_NAME_SIZE]) _must_check_;

/**
 * tap_check_socket() - Is it a socket that a tap can be sent through?
 *
 * A connected stream socket of the AF_UNIX family.
 *
 * Return: 0 or negative errno, reported
 */
int tap_check_socket(int fd) _must_check_;

/**
 * tap_send() - Pass a tap on through a socket
 * @socket:	See tap_check_socket()
 * @tap:	The tap; stays the caller's
 *
 * As qemu-bridge-helper does: SCM_RIGHTS beside one byte of value 0.  It never
 * waits: a socket that takes nothing now is an error.
 *
 * Return: 0 or negative errno, reported
 */
int tap_send(int socket, int tap) _must_check_;

/**
 * tap_fd_is() - Is this an open tap of that name in our network namespace?
 * @fd:		Any descriptor, perhaps somebody else's
 * @name:	Name of the tap
 *
 * Proof that whoever has the descriptor has the tap.  Needs CAP_NET_ADMIN:
 * without it the answer is no.  What is not /dev/net/tun gets no ioctl.
 */
bool tap_fd_is(int fd, const char *name) _must_check_;

#endif /* TF_TAP_H */
