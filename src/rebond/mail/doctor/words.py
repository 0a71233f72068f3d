"""Findings in words: what was found, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rebond.mail.doctor.finding import Finding, Level

TITLES: dict[str, str | Promise] = {
    "data": _("Data folder"),
    "database": _("Database"),
    "worker": _("Background jobs"),
    "ledger": _("Books of rewards"),
    "tls": _("Way out"),
    "inbox": _("Way in"),
    "spf": _("Who may send for the domain (SPF)"),
    "dkim": _("Signature (DKIM)"),
    "dmarc": _("Policy of the domain (DMARC)"),
    "mx": _("Where answers arrive (MX)"),
    "ptr": _("Name of the sending server (PTR)"),
}
LEVELS: dict[Level, str | Promise] = {
    Level.OK: _("In order"),
    Level.LOOK: _("Look at this"),
    Level.WRONG: _("Wrong"),
}
#: Code to (what was found, what to do).
WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "data_ok": (_("%(folder)s can be written; %(free)s are free."), ""),
    "data_closed": (
        _("%(folder)s cannot be written."),
        _("Give the folder to the user that Rebond runs as, or name another in REBOND_DATA."),
    ),
    "data_full": (
        _("Only %(free)s are free in %(folder)s."),
        _("Make room before the database needs it: it also needs some to tidy up."),
    ),
    "database_ok": (_("%(kind)s answers, and has the shape this version expects."), ""),
    "database_down": (
        _("The database does not answer."),
        _("Start it, or check REBOND_DATABASE_URL. Nothing that was saved is lost."),
    ),
    "database_behind": (
        _("The database misses %(count)s changes of this version."),
        _("Start Rebond once: it brings the database up to date by itself."),
    ),
    "worker_ok": (_("Background jobs are being done."), ""),
    "worker_gone": (
        _("Jobs have waited for more than five minutes. No mail leaves."),
        _("Start “rebond serve”, or “rebond work” where the worker runs apart."),
    ),
    "worker_quiet": (
        _("Nothing was done in the last five minutes, and nothing waits."),
        _("If Rebond has only just been started, look again in a minute. Else start “rebond serve” or “rebond work”."),
    ),
    "ledger_ok": (_("Every booking sums to zero, and every balance is what its bookings add up to."), ""),
    "ledger_off": (
        _("%(first)s Findings in all: %(count)s."),
        _("Pay nothing out until it is understood. Keep a copy of the database, and compare it with the last backup."),
    ),
    "tls_ok": (_("%(host)s answers, lets us in, and the line is encrypted."), ""),
    "tls_here": (_("%(host)s is on this machine and answers."), ""),
    "tls_offered": (
        _("%(host)s answers and offers encryption, which is not asked for."),
        _("Write smtp+starttls:// instead of smtp://."),
    ),
    "tls_none": (
        _("%(host)s answers, and offers no encryption: mail and password cross the network in the clear."),
        _("Ask your provider for an encrypted way, or use a relay on this machine."),
    ),
    "out_none": (_("No mail server is set. The outbox waits."), _("Name one in REBOND_MAIL_URL.")),
    "out_provider": (_("Mail leaves by a provider’s interface, which is encrypted."), ""),
    "out_bad_url": (_("The address of the mail server cannot be used."), _("Check it for a slip.")),
    "out_unreachable": (
        _("%(host)s does not answer at port %(port)s."),
        _("Check host and port. Some networks block outgoing mail ports; ask whoever runs yours."),
    ),
    "out_tls": (
        _("%(host)s answers, but no encrypted line comes about."),
        _("Check port and kind of encryption, and that the server’s certificate is valid for this name."),
    ),
    "out_login": (
        _("%(host)s does not accept user and password."),
        _("Check both. Many services want an app password here."),
    ),
    "out_odd": (
        _("What answers at %(host)s, port %(port)s, is no mail server, or sends us away."),
        _("Check host, port and kind of encryption."),
    ),
    "secret_key_changed": (
        _("The password of this mailbox was stored under another secret key, and cannot be read."),
        _("Enter the password again, or put the old secret key back."),
    ),
    "in_ok": (_("%(host)s lets us in; answers are read there."), ""),
    "in_none": (
        _("No inbox is set: answers, bounces and requests for silence by mail are not seen."),
        _("Name one in REBOND_INBOX_URL, or in your mailbox’s settings."),
    ),
    "in_bad_url": (_("The address of the inbox cannot be used."), _("Check it for a slip.")),
    "in_unreachable": (_("%(host)s does not answer."), _("Check host and port.")),
    "in_tls": (
        _("%(host)s answers, but no encrypted line comes about."),
        _("Check port and kind of encryption, and that the server’s certificate is valid for this name."),
    ),
    "in_login": (
        _("%(host)s does not accept user and password."),
        _("Check both. Many services want an app password here."),
    ),
    "in_busy": (_("%(host)s is too busy to let us in."), _("Try again in a few minutes.")),
    "in_odd": (_("What answers at %(host)s is no mailbox we can read."), _("Check host, port and encryption.")),
    "dns_silent": (
        _("No name server answered for %(domain)s."),
        _("Look again in a while. If it stays so, check the network of this machine."),
    ),
    "domain_private": (
        _("%(domain)s is no domain that other mail servers know."),
        _("Set REBOND_MAIL_FROM to an address of your company’s domain before you write to people outside."),
    ),
    "spf_ok": (_("The record of %(domain)s lets %(host)s send."), ""),
    "spf_none": (
        _("%(domain)s says nowhere who may send for it. Large mail services refuse such mail."),
        _("Publish this record, with every other server that sends for you added."),
    ),
    "spf_two": (_("%(domain)s has several SPF records; then none counts."), _("Join them into one.")),
    "spf_broken": (
        _("The record of %(domain)s has a part that no mail server understands: %(part)s"),
        _("Correct it; until then the whole record is void."),
    ),
    "spf_too_many": (
        _("The record of %(domain)s takes %(count)s look-ups; mail servers stop after %(most)s, and then it is void."),
        _("Take out what no longer sends for you, or name addresses (ip4, ip6) instead of includes."),
    ),
    "spf_anybody": (
        _("The record of %(domain)s lets anybody in the world send for it."),
        _("Publish it with ~all or -all at its end."),
    ),
    "spf_unseen": (
        _("%(domain)s has a record. From here we cannot see the public address our mail leaves from."),
        _("Look in the headers of a mail that arrived outside: “spf=pass” must stand there."),
    ),
    "spf_not_us": (
        _("The record of %(domain)s does not name %(host)s."),
        _("If our mail leaves from there, publish the record like this."),
    ),
    "dmarc_ok": (_("%(domain)s asks for “%(asks)s” of mail that only pretends to be its own."), ""),
    "dmarc_watches": (
        _("%(domain)s has a policy that only watches (none). That is enough for mail to arrive."),
        "",
    ),
    "dmarc_none": (
        _("%(domain)s has no policy. Large mail services want one of everybody who sends much."),
        _("Publish this record; it only watches, and asks for reports."),
    ),
    "dmarc_broken": (
        _("The policy of %(domain)s cannot be used: there are several, or it asks for nothing known."),
        _("Publish one record that begins with v=DMARC1; p=none"),
    ),
    "dmarc_envelope": (
        _(
            "Mail from %(domain)s comes back to %(envelope)s, which does not speak for it. Only the signature counts "
            "then."
        ),
        _("Use an address of the same domain in REBOND_BOUNCE_ADDRESS, or make sure that the signature passes."),
    ),
    "mx_ok": (_("Mail for %(domain)s arrives at %(host)s."), ""),
    "mx_by_address": (
        _("%(domain)s names no mail server; mail goes to the host of that name."),
        _("Publish an MX record that names the server which takes your mail."),
    ),
    "mx_none": (
        _("Nothing can arrive at %(domain)s: no answer, and no bounce."),
        _("Send from a domain that takes mail, or publish an MX record."),
    ),
    "ptr_ok": (_("%(host)s is called %(name)s, and that name leads back to it."), ""),
    "ptr_none": (
        _("The address of %(host)s, %(address)s, has no name. Many mail servers refuse mail from it."),
        _("Ask whoever gave you the address to set its reverse record (PTR) to the server’s name."),
    ),
    "ptr_unconfirmed": (
        _("%(address)s is called %(name)s, but that name does not lead back to it."),
        _("Publish an A or AAAA record of that name with this address, or change the reverse record."),
    ),
    "ptr_unseen": (
        _("%(host)s has no public address that we can see from here."),
        _("If it hands mail on to a provider, that one’s name counts, and this is in order."),
    ),
    "dkim_ok": (
        _(
            "The check mail came back signed by %(domain)s (%(selector)s); the signature covers the way to unsubscribe."
        ),
        "",
    ),
    "dkim_unchecked": (
        _("No check mail has come back yet. Notes do not leave from this mailbox."),
        _("Start the check below; it takes a minute or two."),
    ),
    "dkim_missing": (
        _("The check mail came back unsigned. Notes do not leave from this mailbox."),
        _("Turn on DKIM for %(domain)s at whoever sends your mail; they give you the record to publish."),
    ),
    "dkim_bad": (
        _("The signature by %(domain)s (%(selector)s) does not hold."),
        _("Compare the key in the DNS with the one your mail server signs with, and make sure nothing changes mails on "
          "their way."),
    ),
    "dkim_headers": (
        _("The signature by %(domain)s does not cover: %(missing)s. Then one-click unsubscribe does not count."),
        _("Tell your mail server to sign these headers too (oversigning them does no harm)."),
    ),
    "dkim_not_aligned": (
        _("The mail is signed by %(signed_by)s, which does not speak for %(domain)s."),
        _("Set up DKIM for your own domain at whoever sends your mail."),
    ),
    "signed_off": (
        _("An administrator lets notes leave without a signed check mail: “%(words)s” (%(by)s)."),
        _("Set up DKIM when you can: large mail services want it."),
    ),
}  # fmt: skip


def title_of(finding: Finding) -> str:
    """What was looked at."""
    return str(TITLES.get(finding.about, finding.about))


def found_of(finding: Finding) -> str:
    """What was found, in a sentence."""
    return str(WORDS[finding.code][0]) % dict(finding.values) if finding.code in WORDS else finding.code


def todo_of(finding: Finding) -> str:
    """What to do; empty for nothing."""
    return str(WORDS[finding.code][1]) % dict(finding.values) if finding.code in WORDS else ""


def level_of(finding: Finding) -> str:
    """How it stands, in a word or two."""
    return str(LEVELS[finding.level])
