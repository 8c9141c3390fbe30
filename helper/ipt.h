/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_IPT_H
#define TF_IPT_H

#include "backend.h"

/*
 * The iptables place, for the backend that it is a part of: it carries those
 * profiles of a binding that are placed with it.
 */

/* The tables alone, and with the guard that makes them reach all packets */
extern const struct backend_ops backend_ipt;
extern const struct backend_ops backend_ipt_guarded;

#endif /* TF_IPT_H */
