/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_DOMAIN_CHOOSE_H
#define TF_DOMAIN_CHOOSE_H

#include "domain.h"

/**
 * struct domain_choice - Which interface of a domain is meant
 * @tap:	Its <target dev>, NULL for any
 * @bridge:	Its <source bridge>, NULL for any
 * @nic:	Its index in the domain, from 0, if @has_nic
 * @mac:	Its address, if @has_mac
 *
 * All that is given must hold.
 */
struct domain_choice {
	const char *tap;
	const char *bridge;
	bool has_nic;
	size_t nic;
	bool has_mac;
	uint8_t mac[6];
};

/** domain_choice_given() - Is any interface asked for at all? */
bool domain_choice_given(const struct domain_choice *c);

/**
 * domain_choose() - Find the one interface that is meant
 * @d:		The domain
 * @c:		What is asked for
 * @nic:	Receives its index
 *
 * Only an interface that can have a tap on the host is ever chosen.
 *
 * Return: 0, or -EINVAL (reported) when there is none or more than one
 */
int domain_choose(const struct domain *d, const struct domain_choice *c,
		  size_t *nic) _must_check_;

#endif /* TF_DOMAIN_CHOOSE_H */
